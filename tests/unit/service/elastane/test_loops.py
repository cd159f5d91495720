"""DescribeLoops: from what is stored, and from what loops hold themselves."""

from dataclasses import replace as with_context
from typing import Any

from elastane.model.ids import Region
from elastane.model.loop_reports import MetricsState, RunningLoops
from elastane.model.observed_replication_groups import ObservedVerdict, VerdictKind
from elastane.service import cloudwatch
from elastane.service.context import Context
from elastane.service.parameters import Parameters
from elastane.store import memcached_clusters
from tests.kit.contexts import NOW, create_group, group_key, observe, settle
from tests.kit.memcached_clusters import memcached_cluster, observed_cluster
from tests.unit.service.elastane.calls import ask

NAMES = [
    "reconcile",
    "steadiness",
    "confirmation",
    "security-groups",
    "metrics",
    "alarms",
    "logs",
    "notifications",
    "engines",
    "installer",
    "service-updates",
    "audit-trail",
]


async def describe(ctx: Context) -> dict[str, dict[str, Any]]:
    answer = await ask(ctx, "DescribeLoops")
    assert [loop["Name"] for loop in answer["Loops"]] == NAMES
    return {loop["Name"]: loop for loop in answer["Loops"]}


async def put_alarm(ctx: Context, name: str) -> None:
    parameters = {
        "AlarmName": name,
        "Namespace": "AWS/ElastiCache",
        "MetricName": "Evictions",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    await cloudwatch.ACTIONS["PutMetricAlarm"](ctx, Parameters(parameters))


async def test_every_loop_says_something_where_there_is_nothing(ctx: Context) -> None:
    told = await describe(ctx)

    assert told["reconcile"]["Sentence"] == "0 caches in us-east-1."
    assert told["notifications"]["Sentence"] == "Nothing waits to be delivered in us-east-1."
    assert told["engines"] == {
        "Name": "engines",
        "Sentence": "On this machine, for every region: no engine.",
        "IsTroubled": True,
    }


async def test_caches_are_counted_by_what_is_decided_for_them_and_named_where_it_matters(ctx: Context) -> None:
    for name in ("orders", "carts", "sessions"):
        await create_group(ctx, name)
    await settle(ctx)
    waiting = ObservedVerdict(kind=VerdictKind.WAIT, rule="following", sentence="carts-002 is starting", since=NOW)
    await observe(ctx, group_key("carts"), verdict=waiting)
    done = ObservedVerdict(kind=VerdictKind.SATISFIED, rule="all", sentence="all is well", since=NOW)
    await observe(ctx, group_key("orders"), verdict=done)

    told = (await describe(ctx))["reconcile"]

    assert told["Sentence"] == (
        "3 caches in us-east-1: 1 waiting for something (carts), 1 not looked at yet (sessions), 1 with nothing to do."
    )
    assert told["IsTroubled"] is False


async def test_another_region_has_its_own_caches_and_alarms(ctx: Context) -> None:
    await create_group(ctx)
    await put_alarm(ctx, "evictions")

    here = await describe(ctx)
    there = await describe(with_context(ctx, region=Region("eu-west-1")))

    assert here["alarms"]["Sentence"] == "1 alarm in us-east-1: 1 in INSUFFICIENT_DATA."
    assert there["alarms"]["Sentence"] == "0 alarms in eu-west-1."
    assert there["reconcile"]["Sentence"] == "0 caches in eu-west-1."


async def test_what_loops_hold_themselves_is_asked_for_with_the_caller_s_region(ctx: Context) -> None:
    asked: list[Region] = []

    def running(region: Region) -> RunningLoops:
        asked.append(region)
        return RunningLoops(
            unsteady="the clock jumped by +9.0 s: it looks, and does nothing for a moment",
            unconfirmed="the store was rebuilt",
            engines=(("valkey", "9.1.2"), ("redis", "7.0.15")),
            audit_failure="The audit trail cannot be written: disk full.",
        )

    told = await describe(with_context(ctx, running_loops=running))

    assert asked == [ctx.region]
    assert told["steadiness"]["Sentence"].startswith("The clock jumped by +9.0 s")
    assert told["confirmation"]["Sentence"] == "The store was rebuilt."
    assert told["engines"]["Sentence"] == "On this machine, for every region: redis 7.0.15, valkey 9.1.2."
    assert told["audit-trail"]["Sentence"] == "The audit trail cannot be written: disk full."
    assert [name for name in NAMES if told[name]["IsTroubled"]] == ["steadiness", "confirmation", "audit-trail"]


async def test_a_memcached_cluster_is_a_cache_that_passes_see_and_whose_nodes_are_measured(ctx: Context) -> None:
    cluster = memcached_cluster("sessions")
    waiting = ObservedVerdict(kind=VerdictKind.WAIT, rule="nodes", sentence="0002 is coming up", since=NOW)
    observed = observed_cluster(cluster, verdict=waiting)
    await ctx.store.write(lambda tx: memcached_clusters.save_memcached_cluster(tx, cluster))
    await ctx.store.write(lambda tx: memcached_clusters.save_observed(tx, cluster.key, observed))
    measuring = MetricsState(round_seconds=0.01, measured_at=NOW, node_count=2)

    told = await describe(with_context(ctx, running_loops=lambda region: RunningLoops(metrics=measuring)))

    assert told["reconcile"]["Sentence"] == "1 cache in us-east-1: 1 waiting for something (sessions)."
    assert told["metrics"]["Sentence"].startswith("2 of 2 nodes in us-east-1 answered")
