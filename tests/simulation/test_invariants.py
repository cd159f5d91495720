"""Whatever happens in whatever order: the invariants hold, and the group converges once it stops.

python -m pytest tests/simulation --seed 4711        one story, told in full when it fails
python -m pytest tests/simulation --stories 10000    as many as one has patience for
"""

from pathlib import Path

from msgspec.structs import replace

from tests.simulation.story import Story, new_node, with_nodes

EVENTS_MAX = 25


async def test_any_story_ends_converged_and_loses_nothing_that_had_a_copy(seed: int, tmp_path: Path) -> None:
    story = Story(seed, tmp_path)
    try:
        await story.create()
        for _ in range(story.random.randint(5, EVENTS_MAX)):
            await something_happens(story)
            story.write()

        await story.converge()

        await story.check_converged()
    except BaseException:
        print("\n".join(story.lines))  # noqa: T201  # the story is what a person needs to see
        raise
    finally:
        story.store.close()


async def something_happens(story: Story) -> None:
    chance = story.random.random()
    if chance < 0.45:
        await story.passes(story.random.randint(1, 6))
    elif chance < 0.60:
        await a_node_is_killed(story)
    elif chance < 0.68:
        await a_node_hangs_or_resumes(story)
    elif chance < 0.80:
        story.crashes.after(story.random.randint(0, 6))
        await story.passes(story.random.randint(1, 4))
    else:
        await the_customer_changes_something(story)


async def a_node_is_killed(story: Story) -> None:
    running = await story.machine.running()
    if running:
        await story.kill(story.random.choice(running))


async def a_node_hangs_or_resumes(story: Story) -> None:
    running = await story.machine.running()
    if not running:
        return
    key = story.random.choice(running)
    if story.machine.engine(key).is_hung:
        story.tell(f"{key} answers again")
        story.machine.resume(key)
    else:
        story.tell(f"{key} hangs")
        story.machine.hang(key)


async def the_customer_changes_something(story: Story) -> None:
    nodes = story.group.nodes
    target = story.group.node_groups[0].target_primary
    staying = [node for node in nodes if not node.is_leaving]
    replicas = [node for node in staying if node.id != target]
    # What takes data away is refused by the service until what was asked for before is true.
    is_available = await story.is_available()
    changes = ["add", "remove", "promote", "reboot"] if is_available else ["add", "promote"]
    match story.random.choice(changes):
        case "add" if len(nodes) < 6:
            added = new_node(story)
            await story.change(f"customer: add {added.id}", with_nodes(story, (*nodes, added)))
        case "remove" if replicas and len(staying) > 1:
            leaver = story.random.choice(replicas)
            changed = tuple(replace(node, is_leaving=True) if node == leaver else node for node in nodes)
            await story.change(f"customer: remove {leaver.id}", with_nodes(story, changed))
        case "promote" if replicas:
            heir = story.random.choice(replicas)
            await story.change(f"customer: promote {heir.id}", with_nodes(story, nodes, heir.id))
        case "reboot" if len(replicas) > 0:
            # Of a replica: what rebooting a primary costs is the customer's own decision.
            chosen = story.random.choice(replicas)
            changed = tuple(
                replace(node, reboot_requested_at=story.moment) if node == chosen else node for node in nodes
            )
            await story.change(f"customer: reboot {chosen.id}", with_nodes(story, changed))
