"""Telling engines: the steps that are one order to one engine, each in the words of the Engines protocol.

Called by `execute`, which turns what goes wrong into a sentence. Nothing is retried, and no reply is believed: what
came of it is for the next look to see.
"""

from typing import assert_never

from msgspec.structs import replace

from elastane.catalog import encryption
from elastane.engines import MemberAddress, NodeAddress
from elastane.engines.valkey import NOWHERE_PORT
from elastane.model.ids import NodeId
from elastane.model.secrets import Secret
from elastane.reconcile.observe import node_address
from elastane.reconcile.peers import followed_port
from elastane.reconcile.situation import Situation
from elastane.reconcile.steps import (
    AskAcknowledgement,
    AskReplicas,
    BeginMove,
    BindAddresses,
    CancelMoves,
    CarrySlots,
    CloseSlots,
    CutClients,
    Detach,
    Drain,
    EngineOrder,
    Follow,
    ForgetMembers,
    MeetMembers,
    Promote,
    SetParameters,
    SetTokens,
    SetUsers,
    StopScript,
    SwitchOver,
    TakeSlots,
)
from elastane.reconcile.world import World

ORDER_TIMEOUT_SECONDS = 2.0
SWITCH_OVER_TIMEOUT_SECONDS = 5.0
CARRY_SECONDS_MAX = 0.15
"""Of each pass: in between, deaths are seen and answered."""
CARRY_TIMEOUT_SECONDS = 5.0
"""One large key may take longer than its share of a pass."""


async def tell(world: World, situation: Situation, secret: Secret, step: EngineOrder) -> None:
    """Raises EngineError."""

    def at(node_id: NodeId) -> NodeAddress:
        return node_address(situation.group, situation.get(node_id).node, secret, situation.get(node_id))

    def member(node_id: NodeId) -> MemberAddress:
        return MemberAddress(at=at(node_id), id=situation.member_id(situation.get(node_id)))

    engines = world.engines
    match step:
        case TakeSlots(node_id=node_id, slots=slots, by_vote=by_vote):
            await engines.take_slots(at(node_id), slots, ORDER_TIMEOUT_SECONDS, by_vote=by_vote)
        case Follow(node_id=node_id, primary_id=primary_id) if situation.get(node_id).view is not None:
            await engines.follow_member(at(node_id), member(primary_id), ORDER_TIMEOUT_SECONDS)
        case Drain(primary_id=primary_id, heir_id=heir_id):
            await engines.drain(at(primary_id), at(heir_id), SWITCH_OVER_TIMEOUT_SECONDS)
        case SwitchOver(old_primary_id=old, new_primary_id=new) if situation.get(new).view is not None:
            kept = step.kept_addresses
            await engines.hand_over(at(old), at(new), SWITCH_OVER_TIMEOUT_SECONDS, kept_addresses=kept)
        case MeetMembers(node_id=node_id, other_ids=other_ids):
            await engines.meet(at(node_id), [at(other) for other in other_ids], ORDER_TIMEOUT_SECONDS)
        case ForgetMembers(node_id=node_id, member_ids=member_ids):
            await engines.forget_members(at(node_id), member_ids, ORDER_TIMEOUT_SECONDS)
        case BeginMove(source_id=source_id, target_id=target_id, slots=slots):
            await engines.begin_move(at(source_id), member(target_id).id, slots, ORDER_TIMEOUT_SECONDS)
        case CancelMoves(node_id=node_id):
            await engines.cancel_moves(at(node_id), ORDER_TIMEOUT_SECONDS)
        case CarrySlots(source_id=source_id, target_id=target_id, slots=slots):
            sides = (source_id, target_id)
            await engines.carry_slots(
                member(source_id),
                member(target_id),
                slots,
                told=[at(seen.id) for seen in situation.nodes if seen.is_primary and seen.id not in sides],
                seconds_max=CARRY_SECONDS_MAX,
                timeout_seconds=CARRY_TIMEOUT_SECONDS,
            )
        case CloseSlots(node_id=node_id, slots=slots):
            await engines.close_slots(at(node_id), slots, ORDER_TIMEOUT_SECONDS)
        case Promote(node_id=node_id):
            await engines.promote(at(node_id), ORDER_TIMEOUT_SECONDS)
        case Follow(node_id=node_id, primary_id=primary_id):
            port = followed_port(situation.get(node_id), situation.get(primary_id), at(primary_id).port)
            await engines.follow(at(node_id), replace(at(primary_id), peer_port=port), ORDER_TIMEOUT_SECONDS)
        case Detach(node_id=node_id):
            await engines.follow(at(node_id), replace(at(node_id), peer_port=NOWHERE_PORT), ORDER_TIMEOUT_SECONDS)
        case AskAcknowledgement(node_id=node_id):
            await engines.ask_acknowledgement(at(node_id), ORDER_TIMEOUT_SECONDS)
        case AskReplicas(node_id=node_id):
            await engines.ask_replicas(at(node_id), ORDER_TIMEOUT_SECONDS)
        case SwitchOver(old_primary_id=old, new_primary_id=new):
            kept = step.kept_addresses
            await engines.switch_over(at(old), at(new), SWITCH_OVER_TIMEOUT_SECONDS, kept_addresses=kept)
        case BindAddresses(node_id=node_id, addresses=addresses, cuts_clients=cuts_clients):
            await engines.bind(at(node_id), addresses, ORDER_TIMEOUT_SECONDS, cuts_clients=cuts_clients)
        case CutClients(node_id=node_id):
            await engines.cut_clients(at(node_id), ORDER_TIMEOUT_SECONDS)
        case StopScript(node_id=node_id):
            await engines.stop_script(at(node_id), ORDER_TIMEOUT_SECONDS)
        case SetParameters(node_id=node_id, parameters=parameters, cuts_clients=cuts_clients):
            await engines.set_parameters(at(node_id), parameters, ORDER_TIMEOUT_SECONDS, cuts_clients=cuts_clients)
            if encryption.TLS_PORT in parameters:
                engines.forget(at(node_id))  # to be connected to as customers are: it tells each kind its own ports
        case SetUsers() | SetTokens():
            await _tell_users(world, situation, at(step.node_id), step)
        case _ as never:
            assert_never(never)


async def _tell_users(world: World, situation: Situation, at: NodeAddress, step: SetUsers | SetTokens) -> None:
    users, tokens, answer = situation.users, situation.tokens, situation.get(step.node_id).answer
    if isinstance(step, SetUsers):
        assert users is not None and answer is not None, "ordered for who has answered, of users that are known"
        await world.engines.set_users(at, users.acl, answer.engine_version, ORDER_TIMEOUT_SECONDS)
        return
    assert tokens is not None, "ordered where there are users of IAM"
    digests = await world.token_digests.find_digests(tokens)
    if digests is not None:  # else the next pass computes on
        await world.engines.set_tokens(at, digests, tokens.mark, ORDER_TIMEOUT_SECONDS)
