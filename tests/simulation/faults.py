"""What befalls the machine, the network and the control plane: one function each, drawn by the weights in `FAULTS`.

A fault strikes now or in the middle of a pass. What ends by itself is given its end along with its beginning.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from tests.simulation.awaits import Loss
from tests.simulation.story import Story

TURNS_MAX = 60
"""So many moments into the control plane's next calls something may happen; a pass has twenty to forty."""

LASTS_TURNS = (20, 400)

Fault = Callable[[Story], Awaitable[None]]


async def kill_node(story: Story) -> None:
    if running := story.machine.running():
        await _kill(story, [story.random.choice(running)], "is killed")


async def kill_primary(story: Story) -> None:
    if primary := story.find_primary():
        await _kill(story, [primary], "is killed")


async def kill_primaries(story: Story) -> None:
    """Of several shards at once."""
    doomed = {primary for _ in range(3) if (primary := story.find_primary()) is not None}
    if doomed and story.group.is_cluster:
        await _kill(story, sorted(doomed), "are killed, all at once" if len(doomed) > 1 else "is killed")


async def spoil_name(story: Story) -> None:
    """Its nodes.conf is lost, and the engine gives itself a name."""
    if not story.group.is_cluster or not (running := story.machine.running()):
        return
    key = story.random.choice(running)
    story.machine.spoil_name(key)
    story.tell(f"{key} is killed, and will not know what it is called")
    story.witness.after_deaths()


async def fill_up(story: Story) -> None:
    """There is no memory for anything that moves to a node, for a while."""
    primary = story.find_primary() if story.group.is_cluster else None
    if primary is None:
        return
    node, full = story.machine.node(primary), story.machine.engines.moves.full
    story.tell(f"{primary} is full")
    full.add(node)

    async def make_room() -> None:
        story.tell(f"{primary} has room again")
        full.discard(node)

    story.awaits.schedule(story.random.randint(*LASTS_TURNS), make_room)


async def kill_all(story: Story) -> None:
    if running := story.machine.running():
        await _kill(story, running, "are killed, all at once" if len(running) > 1 else "is killed")


async def reboot_machine(story: Story) -> None:
    """In order: each engine saves what it holds. One that stands still is killed."""
    running = story.machine.running()
    for key in running:
        if story.machine.is_troubled(key):
            story.machine.kill(key)
        else:
            story.machine.save_and_end(key)
    if running:
        story.tell(f"the machine is shut down in order, and started again: {', '.join(running)}")
        story.witness.after_shutdown()


async def hang(story: Story) -> None:
    await _trouble(story, "hangs", story.machine.hang)


async def hang_primary(story: Story) -> None:
    await _trouble(story, "hangs", story.machine.hang, story.find_primary())


async def keep_busy(story: Story) -> None:
    await _trouble(story, "works, and answers nobody", story.machine.keep_busy)


async def run_script(story: Story) -> None:
    is_killable = story.random.random() < 0.7
    word = "a script" if is_killable else "a script that has written"
    await _trouble(story, f"runs {word}", partial(story.machine.run_script, is_killable=is_killable))


async def blind(story: Story) -> None:
    await _trouble(story, "cannot be reached by the control plane", story.machine.blind)


async def cut_link(story: Story) -> None:
    running = story.machine.running()
    if len(running) < 2:
        return
    one, other = story.random.sample(running, 2)
    story.tell(f"{one} and {other} cannot reach each other")
    story.machine.cut_link(one, other)

    story.awaits.schedule(story.random.randint(*LASTS_TURNS), partial(_mend_links, story))


async def isolate_primary(story: Story) -> None:
    """The control plane and all its replicas lose it, and customers do not."""
    primary = story.find_primary()
    if primary is None:
        return
    for other in story.machine.running():
        if other != primary:
            story.machine.cut_link(primary, other)
    await _trouble(story, "cannot be reached by anybody but customers", story.machine.blind, primary)
    story.awaits.schedule(story.random.randint(*LASTS_TURNS), partial(_mend_links, story))


async def answer_late(story: Story) -> None:
    """One node, a look or two: no reason for anything."""
    if running := story.machine.running():
        key = story.random.choice(running)
        story.tell(f"{key} is about to answer late")
        story.machine.missed_looks[key] = story.random.randint(1, 2)


async def lose_primary_at_a_bad_moment(story: Story) -> None:
    """While some of its replicas lag behind the others, and those that do not are late to answer."""
    primary = story.find_primary()
    if primary is None:
        return
    for other in story.machine.running():
        if other != primary and story.random.random() < 0.5:
            story.machine.cut_link(primary, other)
            story.tell(f"{primary} and {other} cannot reach each other")
    turns = story.random.randint(1, LASTS_TURNS[1])
    story.awaits.schedule(turns, partial(kill_primary, story))
    story.awaits.schedule(turns, partial(answer_late, story))
    story.awaits.schedule(turns + story.random.randint(*LASTS_TURNS), partial(_mend_links, story))


async def part_customers(story: Story) -> None:
    if running := story.machine.running():
        key = story.random.choice(running)
        story.tell(f"customers cannot reach {key}")
        story.machine.lonely.add(key)

        async def join() -> None:
            story.machine.lonely.discard(key)

        story.awaits.schedule(story.random.randint(*LASTS_TURNS), join)


async def part_host(story: Story) -> None:
    story.tell("the host cannot be reached by the control plane")
    story.machine.is_host_unseen = True

    async def join() -> None:
        if story.machine.is_host_unseen:
            story.tell("the host can be reached again")
            story.machine.is_host_unseen = False

    story.awaits.schedule(story.random.randint(1, 40), join)


async def lose_request(story: Story) -> None:
    story.awaits.loss = Loss.REQUEST


async def lose_reply(story: Story) -> None:
    story.awaits.loss = Loss.REPLY


async def crash_control_plane(story: Story) -> None:
    story.awaits.is_crash_due = True


async def jump_clock(story: Story) -> None:
    seconds = story.random.choice((-3600.0, -20.0, 20.0, 3600.0))
    story.tell(f"the clock jumps by {seconds:.0f} s")
    story.clock.jump(seconds, noticed_for_seconds=story.random.uniform(2, 30))


async def lose_zone(story: Story) -> None:
    await story.reload()
    zone = story.random.choice(sorted({node.zone for node in story.group.nodes}))
    if zone in story.machine.lost_zones:
        return
    doomed = story.machine.lose_zone(zone)
    story.tell(f"zone {zone} is lost, with {', '.join(doomed) or 'nothing in it'}")
    story.witness.after_deaths()

    async def restore() -> None:
        story.tell("all zones are back")
        story.machine.restore_zones()

    story.awaits.schedule(story.random.randint(*LASTS_TURNS), restore)


FAULTS: tuple[tuple[int, Fault], ...] = (
    (10, kill_node),
    (14, kill_primary),
    (2, kill_all),
    (2, reboot_machine),
    (6, hang),
    (10, hang_primary),
    (4, keep_busy),
    (4, run_script),
    (5, blind),
    (7, cut_link),
    (3, isolate_primary),
    (8, lose_primary_at_a_bad_moment),
    (4, answer_late),
    (3, part_customers),
    (3, part_host),
    (6, lose_request),
    (8, lose_reply),
    (12, crash_control_plane),
    (3, jump_clock),
    (3, lose_zone),
)


FAULTS_OF_CLUSTERS: tuple[tuple[int, Fault], ...] = (
    *FAULTS,
    (6, kill_primaries),
    (3, spoil_name),
    (3, fill_up),
    (6, cut_link),
)


async def trouble_for_good(story: Story) -> None:
    """What is to be overcome and not to be waited for: a replica that hangs, a primary that hangs or runs a script."""
    primary = story.find_primary()
    if primary is None or story.machine.is_troubled(primary):
        return
    shard = story.witness.shard_of(primary)
    replicas = [key for key in story.machine.running() if key != primary and story.witness.shard_of(key) == shard]
    is_in_sync = story.witness.is_known_as_primary(primary) and any(map(story.witness.is_in_sync, replicas))
    chance = story.random.random()
    if chance < 0.3 and replicas:
        await _trouble_for_good(story, story.random.choice(replicas), "hangs", story.machine.hang)
    elif chance < 0.5:
        await _trouble_for_good(story, primary, "runs a script", partial(story.machine.run_script, is_killable=True))
    elif is_in_sync and story.group.availability.automatic_failover:
        await _trouble_for_good(story, primary, "hangs", story.machine.hang)


async def strike(story: Story) -> None:
    """A fault by its weight. Those of the control plane strike in the middle of what it will do next."""
    weights, faults = zip(*(FAULTS_OF_CLUSTERS if story.group.is_cluster else FAULTS), strict=True)
    fault = story.random.choices(faults, weights)[0]
    if fault in (lose_request, lose_reply, crash_control_plane):
        story.awaits.schedule(story.random.randint(0, TURNS_MAX), partial(fault, story))
    else:
        await fault(story)


async def _kill(story: Story, keys: list[str], ending: str) -> None:
    for key in keys:
        story.machine.kill(key)
    story.tell(f"{', '.join(keys)} {ending}")
    story.witness.after_deaths()


async def _trouble(story: Story, what: str, does: Callable[[str], None], key: str | None = None) -> None:
    """Of one node that has none yet, for a while."""
    well = [one for one in story.machine.running() if not story.machine.is_troubled(one)]
    if not well or (key is not None and key not in well):
        return
    chosen = key or story.random.choice(well)
    story.tell(f"{chosen} {what}")
    does(chosen)
    node = story.machine.node(chosen)

    async def relieve() -> None:
        if (
            chosen in story.machine.running()
            and story.machine.node(chosen) is node
            and story.machine.is_troubled(chosen)
        ):
            story.tell(f"{chosen} is as before, and does what it was told meanwhile")
            story.machine.relieve(chosen)
            story.witness.check()

    story.awaits.schedule(story.random.randint(*LASTS_TURNS), relieve)


async def _trouble_for_good(story: Story, key: str, what: str, does: Callable[[str], None]) -> None:
    story.tell(f"{key} {what}, for good")
    does(key)


async def _mend_links(story: Story) -> None:
    if story.machine.cut:
        story.tell("all links are mended")
        story.machine.mend_links()
