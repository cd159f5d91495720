import { type LogGroup, paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** The log groups that a cache's logs can be delivered to. */
export function useLogGroups(): Answered<LogGroup[]> {
  return useQuestion({
    key: ["DescribeLogGroups"],
    ask: ({ logs }, options) =>
      everyPage(paginateDescribeLogGroups({ client: logs }, {}, options), (page) => page.logGroups),
    everySeconds: CALM_SECONDS,
  });
}
