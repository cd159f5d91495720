import { type MetricDataResult, paginateGetMetricData } from "@aws-sdk/client-cloudwatch";
import type { Aws } from "../aws";
import { type AskedLine, queriesFor } from "../reckoning/metricQueries";
import { type Range, refreshSeconds, type Window, windowOf } from "../reckoning/metricRanges";
import type { Point } from "../reckoning/metricSeries";
import { everyPage } from "./everyPage";
import { type Answered, type Options, useQuestion } from "./useQuestion";

export interface MetricData {
  /** By the line's id; one of which nothing was measured has no points. */
  points: ReadonlyMap<string, readonly Point[]>;
  window: Window;
  periodSeconds: number;
}

interface MetricDataAsked {
  lines: readonly AskedLine[];
  range: Range;
  periodSeconds: number;
}

/** All lines of a page in as few calls as can be, asked again as often as there may be something new. */
export function useMetricData({ lines, range, periodSeconds }: MetricDataAsked): Answered<MetricData> {
  return useQuestion({
    key: ["GetMetricData", range, periodSeconds, lines.map(keyOf)],
    ask: async (aws, options) => {
      // Measurements have the time of Elastane's clock, and the browser's may be another one.
      const window = windowOf(range, periodSeconds, Date.now() + aws.settings.systemClockOffset);
      const calls = queriesFor(lines, periodSeconds);
      const results = await Promise.all(calls.map((queries) => resultsOf(aws, queries, window, options)));
      return { points: merged(results.flat()), window, periodSeconds };
    },
    everySeconds: refreshSeconds(range, periodSeconds),
    isAsked: lines.length > 0,
  });
}

function keyOf({ id, metric, subject, statistic }: AskedLine): unknown {
  return [id, metric.name, statistic, subject.dimensions.map(({ Name, Value }) => `${Name}=${Value}`)];
}

function resultsOf(
  { cloudwatch }: Aws,
  queries: ReturnType<typeof queriesFor>[number],
  window: Window,
  options: Options,
): Promise<MetricDataResult[]> {
  const input = {
    MetricDataQueries: queries,
    StartTime: window.start,
    EndTime: window.end,
    ScanBy: "TimestampAscending" as const,
  };
  return everyPage(paginateGetMetricData({ client: cloudwatch }, input, options), (page) => page.MetricDataResults);
}

/** A line may be told in several pages. */
function merged(results: readonly MetricDataResult[]): Map<string, Point[]> {
  const points = new Map<string, Point[]>();
  for (const { Id = "", Timestamps = [], Values = [] } of results) {
    const line = points.get(Id) ?? [];
    Timestamps.forEach((at, index) => {
      const value = Values[index];
      if (value !== undefined) line.push({ at, value });
    });
    points.set(Id, line);
  }
  return points;
}
