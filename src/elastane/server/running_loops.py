"""What loops hold in memory, as values for whoever shows it: the asking stair does not know them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from elastane.metrics import lag
from elastane.model.ids import Region
from elastane.model.loop_reports import MetricsState, RunningLoops
from elastane.model.measurements import MeasuredNode
from elastane.server.parts import Parts


def measured_nodes(parts: Parts) -> Mapping[str, MeasuredNode]:
    """By node key: those that answered in the last round."""
    return {
        key: MeasuredNode(
            at=datetime.fromtimestamp(one.at_seconds, UTC),
            offset_bytes=one.answer.offset_bytes,
            lag_seconds=one.numbers.get(lag.FIELD),
        )
        for key, one in (parts.collector.latest() or {}).items()
    }


def running_loops(parts: Parts, region: Region) -> RunningLoops:
    return RunningLoops(
        unsteady=parts.steadiness.reason(),
        unconfirmed=parts.confirmation.find_reason(),
        metrics=_metrics(parts, region) if parts.config.collects_metrics else None,
        engines=tuple((one.engine, one.version) for one in parts.found.usable()),
        installer=None if parts.installer is None else parts.installer.state(),
        audit_failure=parts.files.trail.find_failure(),
        wants_security_groups=parts.config.enforces_security_groups,
    )


def _metrics(parts: Parts, region: Region) -> MetricsState:
    collector = parts.collector
    measured_at_seconds = collector.measured_at_seconds()
    return MetricsState(
        round_seconds=collector.round_seconds(),
        measured_at=None if measured_at_seconds is None else datetime.fromtimestamp(measured_at_seconds, UTC),
        node_count=sum(one.region == region for one in (collector.latest() or {}).values()),
    )
