import { type MetricDataQuery, type MetricDataResult, paginateGetMetricData } from "@aws-sdk/client-cloudwatch";
import type { Aws } from "../aws";
import type { Window } from "../reckoning/metricRanges";
import { windowOf } from "../reckoning/metricRanges";
import type { Point } from "../reckoning/metricSeries";
import {
  type FullNode,
  fullestQueries,
  fullNodes,
  overallQueries,
  PERIOD_SECONDS,
  pointsOf,
} from "../reckoning/overallMetrics";
import { type Answered, type Options, useQuestion } from "./useQuestion";

export interface OverallMetrics {
  window: Window;
  hitRate: readonly Point[];
  memory: readonly Point[];
  fullest: readonly FullNode[];
  /** Whether there are more nodes than CloudWatch looks at in one search. */
  isCut: boolean;
}

const METRICS_SECONDS = 30;
const SHOWN_SECONDS = 3600;
/** Of how full nodes are only the newest samples matter; a control plane that restarts leaves out some minutes. */
const NEWEST_SECONDS = 600;

/** Hit rate and memory of all caches in the last hour, and which nodes are fullest now. */
export function useOverallMetrics(): Answered<OverallMetrics> {
  return useQuestion({
    key: ["GetMetricData", "of all caches"],
    ask: async (aws, options) => {
      const window = windowOf({ type: "relative", seconds: SHOWN_SECONDS }, PERIOD_SECONDS, Date.now());
      const newest = windowOf({ type: "relative", seconds: NEWEST_SECONDS }, PERIOD_SECONDS, Date.now());
      const overall = await resultsOf(aws, overallQueries(), window, options);
      const fullest = await resultsOf(aws, fullestQueries(), newest, options);
      return {
        window,
        hitRate: pointsOf(overall.results, "rate"),
        memory: pointsOf(overall.results, "memory"),
        fullest: fullNodes(fullest.results),
        isCut: overall.isCut || fullest.isCut,
      };
    },
    everySeconds: METRICS_SECONDS,
  });
}

async function resultsOf(
  { cloudwatch }: Aws,
  queries: MetricDataQuery[],
  { start, end }: Window,
  options: Options,
): Promise<{ results: MetricDataResult[]; isCut: boolean }> {
  const results: MetricDataResult[] = [];
  let isCut = false;
  const input = { MetricDataQueries: queries, StartTime: start, EndTime: end };
  for await (const page of paginateGetMetricData({ client: cloudwatch }, input, options)) {
    results.push(...(page.MetricDataResults ?? []));
    isCut ||= page.Messages?.some(({ Code }) => Code === "MaxMetricsExceeded") === true;
  }
  return { results, isCut };
}
