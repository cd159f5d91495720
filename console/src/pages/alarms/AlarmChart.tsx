/** What an alarm watches, with the line that it must not cross. */

import type { Dimension } from "@aws-sdk/client-cloudwatch";
import { MetricChart } from "../../parts/MetricChart";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useMetricData } from "../../questions/useMetricData";
import { whoWords } from "../../reckoning/alarmWords";
import { type KnownMetric, periodOf } from "../../reckoning/metricCatalog";
import { askedLines, linesOf } from "../../reckoning/metricQueries";
import { span } from "../../words/times";

interface Props {
  metric: KnownMetric;
  dimensions: readonly Dimension[];
  statistic: string;
  periodSeconds: number;
  /** Absent until it is typed. */
  threshold: number | undefined;
}

export function AlarmChart({ metric, dimensions, statistic, periodSeconds, threshold }: Props) {
  const asked = askedLines([metric], [{ name: whoWords(dimensions), dimensions: [...dimensions] }], statistic);
  const seconds = rangeFor(periodSeconds);
  const answered = useMetricData({
    lines: asked,
    range: { type: "relative", seconds },
    periodSeconds,
  });
  const { answer } = answered;
  return (
    <>
      <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
      <MetricChart
        title={`${metric.title} of the last ${span(seconds)}`}
        unit={metric.unit}
        lines={linesOf(metric, asked, answer?.points ?? new Map())}
        window={answer?.window}
        periodSeconds={periodOf(metric, periodSeconds)}
        threshold={threshold === undefined ? undefined : { title: "Threshold", value: threshold }}
        emptySentence={`Nothing was measured in the last ${span(seconds)}.`}
        height={180}
      />
    </>
  );
}

/** Enough periods to see what is usual, and not more than a week of them. */
function rangeFor(periodSeconds: number): number {
  if (periodSeconds < 60) return 3600;
  return Math.min(7 * 86_400, Math.max(3 * 3600, periodSeconds * 144));
}
