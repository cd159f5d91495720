/** Charts of some metrics, side by side, all of one question. */

import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo } from "react";
import { MetricChart } from "../../../parts/MetricChart";
import { RefusalAlert } from "../../../parts/RefusalAlert";
import { useFollow } from "../../../parts/useFollow";
import { href } from "../../../paths";
import { type MetricData, useMetricData } from "../../../questions/useMetricData";
import { type KnownMetric, periodOf, statisticWord } from "../../../reckoning/metricCatalog";
import { type AskedLine, askedLines, type LineSubject, linesOf } from "../../../reckoning/metricQueries";
import { periodWords, type Range } from "../../../reckoning/metricRanges";
import { createAlarmPath } from "../../alarms/addresses";

interface Props {
  cacheId: string;
  metrics: readonly KnownMetric[];
  subjects: readonly LineSubject[];
  range: Range;
  periodSeconds: number;
  /** Absent: the one that says most of each metric. */
  statistic: string | undefined;
}

export function MetricCharts({ cacheId, metrics, subjects, range, periodSeconds, statistic }: Props) {
  const asked = askedLines(metrics, subjects, statistic);
  const { answer, refusal, askAgain } = useMetricData({ lines: asked, range, periodSeconds });
  if (subjects.length === 0) return null;
  return (
    <SpaceBetween size="l">
      <RefusalAlert refusal={refusal} onRetry={askAgain} />
      <ColumnLayout columns={2} minColumnWidth={320}>
        {metrics.map((metric) => (
          <Chart
            key={metric.name}
            cacheId={cacheId}
            metric={metric}
            asked={asked}
            answer={answer}
            sentence={`${metric.sentence} ${statisticSentence(metric, statistic, periodSeconds)}`}
          />
        ))}
      </ColumnLayout>
    </SpaceBetween>
  );
}

interface ChartProps {
  cacheId: string;
  metric: KnownMetric;
  asked: readonly AskedLine[];
  answer: MetricData | undefined;
  sentence: string;
}

function Chart({ cacheId, metric, asked, answer, sentence }: ChartProps) {
  const follow = useFollow();
  const points = answer?.points;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines asked for change with the answer to them.
  const lines = useMemo(() => linesOf(metric, asked, points ?? new Map()), [points]);
  return (
    <Container
      fitHeight
      header={
        <Header
          variant="h3"
          headingTagOverride="h2"
          description={sentence}
          actions={
            metric.math === undefined && ( // alarms of this form watch what is measured
              <Button
                variant="icon"
                iconName="notification"
                ariaLabel={`Create an alarm: ${metric.title}`}
                href={href(createAlarmPath(cacheId, metric.name))}
                onFollow={follow}
              />
            )
          }
        >
          {metric.title}
        </Header>
      }
    >
      <MetricChart
        title={metric.title}
        unit={metric.unit}
        lines={lines}
        window={answer?.window}
        periodSeconds={periodOf(metric, answer?.periodSeconds ?? 60)}
        emptySentence={emptySentence(metric)}
      />
    </Container>
  );
}

/** What cannot be measured is absent, and some things there are only where something happens. */
function emptySentence({ name }: KnownMetric): string {
  if (name === "ReplicationLag") return "Nothing in this range. Replicas alone have it, a minute after they are there.";
  if (name === "CacheHitRate" || name === "GetHitRate")
    return "Nothing in this range: no key was read, or nothing was measured.";
  if (name.startsWith("Successful")) return "Nothing in this range: no such command came, or nothing was measured.";
  return "Nothing in this range. The first samples come a minute after a cache is there.";
}

function statisticSentence(metric: KnownMetric, chosen: string | undefined, periodSeconds: number): string {
  const word = metric.math === undefined ? statisticWord(chosen ?? metric.statistic) : "reckoned";
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}, ${periodWords(periodOf(metric, periodSeconds))}.`;
}
