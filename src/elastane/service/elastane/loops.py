"""DescribeLoops: what each loop of the control plane thinks, from the store and from what the loops hold themselves."""

from datetime import datetime

from elastane.model import loop_reports
from elastane.model.ids import Region
from elastane.model.logs import shown_deliveries
from elastane.model.loop_reports import LoopReport, RunningLoops
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters
from elastane.store import (
    Transaction,
    alarms,
    deliveries,
    log_deliveries,
    memcached_clusters,
    replication_groups,
    security_groups,
    service_updates,
)


async def describe_loops(ctx: Context, parameters: Parameters) -> Result:
    del parameters  # there is nothing to say
    running, now = ctx.running_loops(ctx.region), ctx.now()
    reports = await ctx.store.read(lambda tx: _report(tx, ctx.region, running, now))
    return {
        "Loops": [
            {"Name": one.name, "Sentence": one.sentence, "Since": one.since, "IsTroubled": one.is_troubled}
            for one in reports
        ]
    }


def _report(tx: Transaction, region: Region, running: RunningLoops, now: datetime) -> tuple[LoopReport, ...]:
    groups = [stored.body for stored in replication_groups.list_replication_groups(tx, region)]
    caches = [(group, replication_groups.get_observed(tx, group.key)) for group in groups]
    stored_clusters = memcached_clusters.list_memcached_clusters(tx, region)
    clusters = [(one.body, memcached_clusters.get_observed(tx, one.body.key)) for one in stored_clusters]
    node_count = sum(len(group.nodes) for group in groups) + sum(len(cluster.nodes) for cluster, _ in clusters)
    shown = [
        (str(group.id), one)
        for group in groups
        for one in shown_deliveries(group.logs, log_deliveries.get_deliveries(tx, group.key))
    ]
    backlog = deliveries.find_backlog(tx, region)
    return (
        loop_reports.of_passes(region, caches, clusters),
        loop_reports.of_steadiness(running.unsteady),
        loop_reports.of_confirmation(running.unconfirmed),
        loop_reports.of_security_groups(
            region, security_groups.get_enforcement(tx), is_wanted=running.wants_security_groups
        ),
        loop_reports.of_metrics(region, running.metrics, node_count, now),
        loop_reports.of_alarms(region, alarms.count_states(tx, region)),
        loop_reports.of_logs(region, shown),
        loop_reports.of_notifications(region, backlog),
        loop_reports.of_engines(running.engines),
        loop_reports.of_installer(running.installer),
        loop_reports.of_service_updates(region, service_updates.list_service_updates(tx), caches),
        loop_reports.of_audit_trail(running.audit_failure),
    )
