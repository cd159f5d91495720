"""A `Context` over a store of its own, a clock that stands still, and a world that has made everything true.

with context(tmp_path) as ctx:
    await call(ctx, "CreateReplicationGroup", ReplicationGroupId="orders", …)
    await settle(ctx)
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from elastane.catalog import network
from elastane.catalog.limits import Limits, aws_limits
from elastane.model.access import TransitEncryption
from elastane.model.ids import AccountId, Arn, NodeId, Region, ReplicationGroupId
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import Form, GroupKey, ReplicationGroup
from elastane.service.context import Context
from elastane.service.elasticache import ACTIONS
from elastane.service.parameters import Parameters
from elastane.store import LogEvents, MetricSeries, Store, Transaction, acls, replication_groups
from tests.kit import groups

ACCOUNT_ID = AccountId("000000000000")
REGION = Region("us-east-1")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ENGINES = (("valkey", "9.1.2"), ("valkey", "8.1.4"), ("redis", "7.0.15"))


class StandingClock:
    """Answers the same moment until a test moves it."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@contextmanager
def context(
    directory: Path,
    *,
    region: Region = REGION,
    limits: Limits | None = None,
    engines: Sequence[tuple[str, str]] = ENGINES,
    encrypting_engines: Sequence[tuple[str, str]] = (),
    clock: Callable[[], datetime] | None = None,
    accepts_any_subnet_ids: bool = False,
) -> Iterator[Context]:
    with (
        closing(Store.open(directory)) as store,
        closing(MetricSeries.open(directory)) as metric_series,
        closing(LogEvents.open(directory)) as log_events,
    ):
        yield Context(
            store=store,
            now=clock or StandingClock(),
            account_id=ACCOUNT_ID,
            region=region,
            caller_arn=Arn(f"arn:aws:iam::{ACCOUNT_ID}:root"),
            access_key_id="AKIAEXAMPLE",
            user_id="AKIAEXAMPLE",
            limits=limits or aws_limits(),
            address_block=network.DEFAULT_BLOCK,
            offered_engines=lambda: tuple(engines),
            metric_series=metric_series,
            log_events=log_events,
            encrypting_engines=lambda: tuple(encrypting_engines),
            accepts_any_subnet_ids=accepts_any_subnet_ids,
        )


async def call(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    """One action, as the API calls it."""
    return dict(await ACTIONS[action](ctx, Parameters(parameters)))


async def create_group(ctx: Context, name: str = "orders", *, nodes: int = 2, **parameters: Any) -> dict[str, Any]:
    """A group of Valkey nodes, asked for and not yet settled."""
    defaults: dict[str, object] = {
        "ReplicationGroupId": name,
        "ReplicationGroupDescription": "orders of the shop",
        "Engine": "valkey",
        "CacheNodeType": "cache.t4g.micro",
        "NumCacheClusters": nodes,
    }
    answer = await call(ctx, "CreateReplicationGroup", **defaults | parameters)
    return dict(answer["ReplicationGroup"])


async def create_sharded_group(
    ctx: Context, name: str = "orders", *, shards: int = 3, replicas: int = 1, **parameters: Any
) -> dict[str, Any]:
    """A group with cluster mode enabled, asked for and not yet settled."""
    layout: dict[str, Any] = {"NumNodeGroups": shards, "ReplicasPerNodeGroup": replicas, "NumCacheClusters": None}
    defaults: dict[str, Any] = {"AutomaticFailoverEnabled": True, "ClusterMode": "enabled"}
    return await create_group(ctx, name, **defaults | layout | parameters)


async def create_cluster(ctx: Context, name: str = "sessions", **parameters: Any) -> dict[str, Any]:
    """A single Valkey node on its own, asked for and not yet settled."""
    defaults: dict[str, object] = {
        "CacheClusterId": name,
        "Engine": "valkey",
        "CacheNodeType": "cache.t4g.micro",
        "NumCacheNodes": 1,
    }
    answer = await call(ctx, "CreateCacheCluster", **defaults | parameters)
    return dict(answer["CacheCluster"])


async def describe_group(ctx: Context, name: str = "orders") -> dict[str, Any]:
    answer = await call(ctx, "DescribeReplicationGroups", ReplicationGroupId=name)
    (group,) = answer["ReplicationGroups"]
    return dict(group)


async def describe_cluster(ctx: Context, name: str) -> dict[str, Any]:
    answer = await call(ctx, "DescribeCacheClusters", CacheClusterId=name, ShowCacheNodeInfo=True)
    (cluster,) = answer["CacheClusters"]
    return dict(cluster)


async def settle(ctx: Context) -> None:
    """What the reconciler would have reached: who leaves is gone, all others are ready, targets are primary and own
    their slots.

    Groups being deleted are left as they are; `forget` removes one.
    """
    await ctx.store.write(_settle)


async def forget(ctx: Context, name: str, form: Form = Form.REPLICATION_GROUP) -> None:
    key = GroupKey(ctx.region, form, ReplicationGroupId(name))
    await ctx.store.write(lambda tx: replication_groups.remove_replication_group(tx, key))


async def observe(ctx: Context, key: GroupKey, **changes: Any) -> None:
    """Changes what was last observed of a group."""

    def change(tx: Transaction) -> None:
        observed = replication_groups.get_observed(tx, key)
        replication_groups.save_observed(tx, key, replace(observed, **changes))

    await ctx.store.write(change)


async def observe_node(ctx: Context, key: GroupKey, name: str, **changes: Any) -> None:
    """Changes what was last observed of one node."""

    def change(tx: Transaction) -> None:
        observed = replication_groups.get_observed(tx, key)
        nodes = tuple(replace(seen, **changes) if seen.id == name else seen for seen in observed.nodes)
        replication_groups.save_observed(tx, key, replace(observed, nodes=nodes))

    await ctx.store.write(change)


async def encrypt(ctx: Context, name: str, form: Form = Form.REPLICATION_GROUP) -> None:
    """Encryption in transit, as if the cache had been made with it."""

    def save(tx: Transaction) -> None:
        stored = replication_groups.find_replication_group(tx, group_key(name, form))
        assert stored is not None
        access = replace(stored.body.access, transit_encryption=TransitEncryption.REQUIRED)
        replication_groups.save_replication_group(tx, replace(stored.body, access=access), revision=stored.revision)

    await ctx.store.write(save)


async def stored_group(ctx: Context, name: str, form: Form = Form.REPLICATION_GROUP) -> ReplicationGroup | None:
    key = GroupKey(ctx.region, form, ReplicationGroupId(name))
    stored = await ctx.store.read(lambda tx: replication_groups.find_replication_group(tx, key))
    return None if stored is None else stored.body


def group_key(name: str, form: Form = Form.REPLICATION_GROUP) -> GroupKey:
    return GroupKey(REGION, form, ReplicationGroupId(name))


def _settle(tx: Transaction) -> None:
    for stored in replication_groups.list_replication_groups(tx):
        if stored.body.deletion is not None:
            continue
        group = _without_leaving(stored.body)
        if group != stored.body:
            replication_groups.save_replication_group(tx, group, revision=stored.revision)
        before = replication_groups.get_observed(tx, group.key)
        replication_groups.save_observed(tx, group.key, _with_users(tx, group, _all_true(group, before)))


def _with_users(tx: Transaction, group: ReplicationGroup, seen: ObservedReplicationGroup) -> ObservedReplicationGroup:
    """Engines have the users that they shall have, and are as encrypted as they shall be."""
    has_users = group.access.is_controlled or group.access.former is not None
    revision = acls.find_acl_revision(tx, group) or "" if has_users else ""
    return replace(seen, acl_revision=revision, transit_encryption=group.access.transit_encryption)


def _without_leaving(group: ReplicationGroup) -> ReplicationGroup:
    staying = group.staying_nodes
    parts = (
        replace(part, nodes=tuple(node for node in part.nodes if node in staying))
        for part in group.node_groups
        if not part.is_leaving
    )
    return replace(group, node_groups=tuple(parts))


def _all_true(group: ReplicationGroup, before: ObservedReplicationGroup) -> ObservedReplicationGroup:
    now = groups.observed(group)
    return replace(
        now,
        software=group.software,
        available_since=before.available_since or NOW,
        nodes=tuple(replace(seen, engine_version=group.software.patch, **_kept(before, seen.id)) for seen in now.nodes),
        primaries={part.id: part.target_primary for part in group.node_groups},
        slots={part.id: part.slots for part in group.node_groups if part.slots},
    )


def _kept(before: ObservedReplicationGroup, node_id: NodeId) -> dict[str, bool]:
    seen = before.find_node(node_id)
    return {} if seen is None else {"has_held_data": seen.has_held_data, "has_tls": seen.has_tls}
