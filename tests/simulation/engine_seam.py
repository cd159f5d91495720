"""The engines as one control plane sees them: `Engines`, and what the witness is told of it.

As in `seams`, every call passes through the control plane's `call`. Silence takes as long as the caller is patient.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from elastane.engines import EngineError, MemberAddress, NoAnswer, NodeAddress, SwitchoverFailed
from elastane.model.acls import Acl
from elastane.model.ids import MemberId
from elastane.model.observations import Answering, Busy, Engine
from elastane.model.slots import Slots, format_slots
from tests.kit.fake_engines import FakeNode
from tests.simulation.awaits import ControlPlane
from tests.simulation.invariants import Witness
from tests.simulation.machine import CONFIGURATION_ENDPOINT, PORT, PRIMARY_ENDPOINT, READER_ENDPOINT, Machine

Value = TypeVar("Value")

ENDPOINTS = {
    PRIMARY_ENDPOINT: "the primary endpoint",
    READER_ENDPOINT: "the reader endpoint",
    CONFIGURATION_ENDPOINT: "the configuration endpoint",
}


class SimulatedEngines:
    """`Engines`: silence takes as long as the caller is patient."""

    def __init__(self, machine: Machine, control: ControlPlane, witness: Witness) -> None:
        self._machine = machine
        self._control = control
        self._witness = witness
        self._engines = machine.engines
        self.look_seconds = 0.0
        """Nodes are looked at side by side: the slowest one says how long a look takes."""

    async def observe(
        self, at: NodeAddress, parameter_names: tuple[str, ...], timeout_seconds: float, *, is_cluster: bool = False
    ) -> Engine:
        key = self._machine.key_of(at.address)

        node: FakeNode | None = None

        async def look() -> Engine:
            nonlocal node
            node = self._engines.nodes.get((at.address, at.port))
            return await self._engines.observe(at, parameter_names, timeout_seconds, is_cluster=is_cluster)

        seen: Engine
        try:
            seen = await self._control.call(f"look at {key}", look, NoAnswer)
            if self._machine.is_late(key):
                raise NoAnswer(f"{key} is late")
        except NoAnswer as error:
            seen = Busy(reason=f"no answer: {error}")
            if node is not None and not (node.is_still or node.is_blind):
                self._witness.missed(key, node)
        if isinstance(seen, Answering) and node is not None:
            self._witness.heard(key, node)
            return self._machine.with_silence(node, seen)
        self.look_seconds = max(self.look_seconds, timeout_seconds)
        return seen

    async def follow(self, at: NodeAddress, primary: NodeAddress, timeout_seconds: float) -> None:
        target = self._name(primary) if primary.port == PORT else "nowhere"
        does = partial(self._engines.follow, at, primary, timeout_seconds)
        await self._order(f"make {self._name(at)} follow {target}", does, timeout_seconds)

    async def ask_acknowledgement(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.ask_acknowledgement, at, timeout_seconds)
        await self._order(f"ask {self._name(at)} to acknowledge", does, timeout_seconds)

    async def ask_replicas(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.ask_replicas, at, timeout_seconds)
        await self._order(f"make {self._name(at)} ask its replicas", does, timeout_seconds)

    async def promote(self, at: NodeAddress, timeout_seconds: float) -> None:
        async def promote() -> None:
            self._witness.before_promotion(self._name(at))
            await self._engines.promote(at, timeout_seconds)

        await self._order(f"promote {self._name(at)}", promote, timeout_seconds)

    async def bind(
        self, at: NodeAddress, addresses: tuple[str, ...], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        does = partial(self._engines.bind, at, addresses, timeout_seconds, cuts_clients=cuts_clients)
        purposes = [ENDPOINTS.get(address, "itself") for address in addresses]
        cut = " and cut its clients" if cuts_clients else ""
        await self._order(f"make {self._name(at)} answer at {', '.join(purposes)}{cut}", does, timeout_seconds)

    async def set_parameters(
        self, at: NodeAddress, parameters: Mapping[str, str], timeout_seconds: float, *, cuts_clients: bool = False
    ) -> None:
        does = partial(self._engines.set_parameters, at, parameters, timeout_seconds, cuts_clients=cuts_clients)
        await self._order(f"set parameters of {self._name(at)}", does, timeout_seconds)

    async def set_tokens(
        self, at: NodeAddress, digests: Mapping[str, Sequence[str]], mark: str, timeout_seconds: float
    ) -> None:
        does = partial(self._engines.set_tokens, at, digests, mark, timeout_seconds)
        await self._order(f"set tokens of {self._name(at)}", does, timeout_seconds)

    async def set_users(self, at: NodeAddress, acl: Acl, engine_version: str, timeout_seconds: float) -> None:
        does = partial(self._engines.set_users, at, acl, engine_version, timeout_seconds)
        await self._order(f"set users of {self._name(at)}", does, timeout_seconds)

    async def switch_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        does = partial(self._engines.switch_over, at, to, timeout_seconds, kept_addresses=kept_addresses)
        what = f"hand the role of {self._name(at)} to {self._name(to)}"
        await self._order(what, does, timeout_seconds, SwitchoverFailed)

    async def cut_clients(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.cut_clients, at, timeout_seconds)
        await self._order(f"cut the clients of {self._name(at)}", does, timeout_seconds)

    async def stop_script(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.stop_script, at, timeout_seconds)
        await self._order(f"end the script of {self._name(at)}", does, timeout_seconds)

    async def save_dump(self, at: NodeAddress, timeout_seconds: float) -> str:
        async def save() -> str:
            name = await self._engines.save_dump(at, timeout_seconds)
            self._machine.host.put_file(self._name(at), name)
            return name

        return await self._order(f"make {self._name(at)} save a dump", save, timeout_seconds)

    # --- in cluster mode ---

    async def take_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float, *, by_vote: bool) -> None:
        key = self._name(at)

        async def take() -> None:
            self._witness.before_promotion(key, slots)
            await self._engines.take_slots(at, slots, timeout_seconds, by_vote=by_vote)

        how = "by vote" if by_vote else "without asking"
        await self._order(f"make {key} take {format_slots(slots)} {how}", take, timeout_seconds)

    async def follow_member(self, at: NodeAddress, primary: MemberAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.follow_member, at, primary, timeout_seconds)
        await self._order(f"make {self._name(at)} follow {self._name(primary.at)}", does, timeout_seconds)

    async def hand_over(
        self, at: NodeAddress, to: NodeAddress, timeout_seconds: float, *, kept_addresses: tuple[str, ...] = ()
    ) -> None:
        async def hand_over() -> None:
            await self._engines.hand_over(at, to, timeout_seconds, kept_addresses=kept_addresses)
            self._witness.handed_over(self._name(to))

        what = f"hand the slots of {self._name(at)} to {self._name(to)}"
        await self._order(what, hand_over, timeout_seconds, SwitchoverFailed)

    async def drain(self, at: NodeAddress, to: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.drain, at, to, timeout_seconds)
        what = f"stop the writes of {self._name(at)} until {self._name(to)} has all"
        await self._order(what, does, timeout_seconds, SwitchoverFailed)

    async def meet(self, at: NodeAddress, others: Sequence[NodeAddress], timeout_seconds: float) -> None:
        does = partial(self._engines.meet, at, others, timeout_seconds)
        names = ", ".join(map(self._name, others))
        await self._order(f"make {self._name(at)} meet {names}", does, timeout_seconds)

    async def forget_members(self, at: NodeAddress, ids: Sequence[MemberId], timeout_seconds: float) -> None:
        does = partial(self._engines.forget_members, at, ids, timeout_seconds)
        await self._order(f"make {self._name(at)} forget {len(ids)} members", does, timeout_seconds)

    async def begin_move(self, source: NodeAddress, target: MemberId, slots: Slots, timeout_seconds: float) -> None:
        does = partial(self._engines.begin_move, source, target, slots, timeout_seconds)
        what = f"begin to move {format_slots(slots)} from {self._name(source)} to {self._machine.name_of(target)}"
        await self._order(what, does, timeout_seconds)

    async def cancel_moves(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.cancel_moves, at, timeout_seconds)
        await self._order(f"cancel the moves of {self._name(at)}", does, timeout_seconds)

    async def carry_slots(
        self,
        source: MemberAddress,
        target: MemberAddress,
        slots: Slots,
        *,
        told: Sequence[NodeAddress],
        seconds_max: float,
        timeout_seconds: float,
    ) -> None:
        async def carry() -> None:
            await self._engines.carry_slots(
                source, target, slots, told=told, seconds_max=seconds_max, timeout_seconds=timeout_seconds
            )

        what = f"carry {format_slots(slots)} from {self._name(source.at)} to {self._name(target.at)}"
        await self._order(what, carry, timeout_seconds)

    async def close_slots(self, at: NodeAddress, slots: Slots, timeout_seconds: float) -> None:
        does = partial(self._engines.close_slots, at, slots, timeout_seconds)
        await self._order(f"close {format_slots(slots)} at {self._name(at)}", does, timeout_seconds)

    # --- in both ---

    def is_quiet(self, at: NodeAddress, quiet_seconds: float) -> bool:
        return self._engines.is_quiet(at, quiet_seconds)

    async def shut_down(self, at: NodeAddress, timeout_seconds: float) -> None:
        does = partial(self._engines.shut_down, at, timeout_seconds)
        await self._order(f"shut {self._name(at)} down", does, timeout_seconds)

    def forget(self, at: NodeAddress) -> None:
        self._engines.forget(at)

    async def aclose(self) -> None:
        """The engines outlive every control plane."""

    async def _order(
        self,
        what: str,
        does: Callable[[], Awaitable[Value]],
        timeout_seconds: float,
        lost: Callable[[str], EngineError] = NoAnswer,
    ) -> Value:
        try:
            return await self._control.call(what, does, lost, self._witness.after_order)
        except (NoAnswer, SwitchoverFailed):
            self._machine.spend(timeout_seconds)
            raise

    def _name(self, at: NodeAddress) -> str:
        return self._machine.key_of(at.address)
