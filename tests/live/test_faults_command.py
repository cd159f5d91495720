"""`elastane fault` beside a running control plane: it hurts whom it names, and refuses in a sentence otherwise."""

from tests.kit.elastane import RunningElastane
from tests.live.live_groups import (
    engine_role,
    fill,
    key_counts,
    lives,
    make_group,
    pid_of,
    run_elastane,
    until_everywhere,
    until_failed_over,
    until_settled,
)


async def test_kill_and_zone_hurt_nobody_else_and_a_second_time_says_what_is(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "hurt", 2)
    bystander = await make_group(elastane, "bystander", 1, PreferredCacheClusterAZs=["us-east-1b"])
    fill(group.primary_address, 10)
    await until_everywhere(group, 10)
    before = lives(elastane, bystander)
    pid = pid_of(elastane, group.primary_id)

    killed = run_elastane(elastane, "fault", "kill", group.primary_id)
    after = await until_failed_over(elastane, group)
    nobody = run_elastane(elastane, "fault", "zone", "us-east-1c", "down")
    up = run_elastane(elastane, "fault", "zone", "us-east-1c", "up")
    up_again = run_elastane(elastane, "fault", "zone", "us-east-1c", "up")

    assert killed.stdout == f"Killed {group.primary_id} (pid {pid}).\n", killed.stderr
    assert nobody.stdout == "us-east-1c is down: no node of this data directory ran there.\n"
    assert (up.stdout, up_again.stdout) == ("us-east-1c is up again.\n", "us-east-1c is not down.\n")
    assert key_counts(after) == dict.fromkeys(group.node_addresses, 10)
    assert lives(elastane, bystander) == before


async def test_what_cannot_be_hurt_is_refused_in_a_sentence_and_nobody_is_hurt(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "target", 2)
    before = lives(elastane, group)
    refusals = {
        ("kill", "nobody-001"): "There is no cache and no node named nobody-001.",
        ("hang", "target"): "target is a replication group: name one of its nodes (target-001, target-002).",
        ("kill", "target-001", "--region", "eu-west-1"): "There is no cache and no node named target-001 in eu-west-1.",
        ("zone", "us-east-1z", "down"): "There is no zone us-east-1z: us-east-1 has us-east-1a, us-east-1b",
        ("zone", "atlantis", "down"): "There is no zone atlantis: a zone is a region and a letter",
    }

    for arguments, sentence in refusals.items():
        refused = run_elastane(elastane, "fault", *arguments)
        assert (refused.returncode, refused.stdout) == (2, ""), arguments
        assert refused.stderr.startswith(f"elastane: {sentence}"), refused.stderr

    assert await until_settled(elastane, "target", 2) == group
    assert lives(elastane, group) == before


async def test_without_a_control_plane_it_says_that_nobody_reacts_and_nobody_does(elastane: RunningElastane) -> None:
    group = await make_group(elastane, "unwatched", 2)
    elastane.stop()

    killed = run_elastane(elastane, "fault", "kill", group.primary_id)
    again = run_elastane(elastane, "fault", "kill", group.primary_id)
    elastane.start()
    after = await until_failed_over(elastane, group)

    assert killed.stdout.endswith(". No control plane runs: nobody reacts until one is started.\n"), killed.stderr
    assert (again.returncode, again.stderr) == (2, f"elastane: {group.primary_id} does not run.\n")
    assert engine_role(after.primary_address) == "primary"
