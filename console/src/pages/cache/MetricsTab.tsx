/** What CloudWatch has measured of a cache: one chart for each metric, one line for each node. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { isMemcached, type Subject } from "../../caches";
import { TextLink } from "../../parts/TextLink";
import { MEMCACHED_FIRST_COUNT, MEMCACHED_METRICS } from "../../reckoning/memcachedMetrics";
import {
  FIRST_CHARTS,
  type KnownMetric,
  knownMetrics,
  METRICS,
  MORE_CHARTS,
  type Together,
} from "../../reckoning/metricCatalog";
import { lineSubjects, metricsOf } from "../../reckoning/metricQueries";
import { periodFor } from "../../reckoning/metricRanges";
import { createAlarmPath } from "../alarms/addresses";
import { MetricCharts } from "./metrics/MetricCharts";
import { FIRST_CHOICE, MetricControls } from "./metrics/MetricControls";

export function MetricsTab({ subject }: { subject: Subject }) {
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const [isMoreOpen, setIsMoreOpen] = useState(false);
  const { view, range, statistic } = choice;
  const ofMemcached = isMemcached(subject.cache);
  const { first, more } = ofMemcached ? MEMCACHED_CHARTS : view === "nodes" ? CHARTS : CHARTS_TOGETHER[view];
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
          {ofMemcached
            ? "A sum is of all nodes; an average, a minimum and a maximum are of what single nodes had, as in AWS."
            : "Only these are told of several nodes together, as in AWS. Choose “Each node” for the other metrics."}
        </Alert>
      )}
      <MetricCharts {...shown} metrics={first} />
      {more.length > 0 && (
        <ExpandableSection
          headerText="More metrics"
          headerDescription={
            ofMemcached
              ? "Misses, expiry, connections, network, the machine."
              : "Network, keys, commands, errors, the machine."
          }
          expanded={isMoreOpen}
          onChange={({ detail }) => setIsMoreOpen(detail.expanded)}
        >
          {isMoreOpen && <MetricCharts {...shown} metrics={more} />}
        </ExpandableSection>
      )}
      <Box color="text-body-secondary">
        To be told when a number is too high or too low,{" "}
        <TextLink to={createAlarmPath(subject.cache.id)}>create an alarm</TextLink>.
      </Box>
    </SpaceBetween>
  );
}

interface Charts {
  first: readonly KnownMetric[];
  /** Behind a heading that is opened. */
  more: readonly KnownMetric[];
}

const CHARTS: Charts = { first: knownMetrics(FIRST_CHARTS), more: knownMetrics(MORE_CHARTS) };
const CHARTS_TOGETHER: Record<Together, Charts> = {
  group: { first: metricsOf(METRICS, "group"), more: [] },
  shard: { first: metricsOf(METRICS, "shard"), more: [] },
  role: { first: metricsOf(METRICS, "role"), more: [] },
};
const MEMCACHED_CHARTS: Charts = {
  first: MEMCACHED_METRICS.slice(0, MEMCACHED_FIRST_COUNT),
  more: MEMCACHED_METRICS.slice(MEMCACHED_FIRST_COUNT),
};
