/** What CloudWatch has measured of a cache: one chart for each metric, one line for each node. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Subject } from "../../caches";
import { TextLink } from "../../parts/TextLink";
import { FIRST_CHARTS, knownMetrics, METRICS, MORE_CHARTS } from "../../reckoning/metricCatalog";
import { lineSubjects, metricsOf } from "../../reckoning/metricQueries";
import { periodFor } from "../../reckoning/metricRanges";
import { createAlarmPath } from "../alarms/addresses";
import { MetricCharts } from "./metrics/MetricCharts";
import { FIRST_CHOICE, MetricControls } from "./metrics/MetricControls";

export function MetricsTab({ subject }: { subject: Subject }) {
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const [isMoreOpen, setIsMoreOpen] = useState(false);
  const { view, range, statistic } = choice;
  const periodSeconds = periodFor(range, choice.periodSeconds, Date.now());
  const shown = {
    cacheId: subject.cache.id,
    subjects: lineSubjects(subject, view, choice),
    range,
    periodSeconds,
    statistic,
  };
  return (
    <SpaceBetween size="l">
      <MetricControls subject={subject} choice={choice} periodSeconds={periodSeconds} onChange={setChoice} />
      {view !== "nodes" && (
        <Alert type="info">
          Only these are told of several nodes together, as in AWS. Choose “Each node” for the other metrics.
        </Alert>
      )}
      <MetricCharts {...shown} metrics={view === "nodes" ? knownMetrics(FIRST_CHARTS) : metricsOf(METRICS, view)} />
      {view === "nodes" && (
        <ExpandableSection
          headerText="More metrics"
          headerDescription="Network, keys, commands, errors, the machine."
          expanded={isMoreOpen}
          onChange={({ detail }) => setIsMoreOpen(detail.expanded)}
        >
          {isMoreOpen && <MetricCharts {...shown} metrics={knownMetrics(MORE_CHARTS)} />}
        </ExpandableSection>
      )}
      <Box color="text-body-secondary">
        To be told when a number is too high or too low,{" "}
        <TextLink to={createAlarmPath(subject.cache.id)}>create an alarm</TextLink>.
      </Box>
    </SpaceBetween>
  );
}
