import { paginateDescribeLogStreams } from "@aws-sdk/client-cloudwatch-logs";
import type { Form } from "../caches";
import { type LogStreamName, parseStreamName, streamPrefixes } from "../reckoning/logLines";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** Of one FilterLogEvents. */
const STREAMS_MAX = 100;

/** The streams of a cache in a log group, those first in which something was said last; the newest hundred of them. */
export function useLogStreams(groupName: string, cache: { form: Form; id: string }): Answered<LogStreamName[]> {
  return useQuestion({
    key: ["DescribeLogStreams", groupName, cache.form, cache.id],
    ask: async ({ logs }, options) => {
      const listed = await Promise.all(
        streamPrefixes(cache).map((logStreamNamePrefix) => {
          const input = { logGroupName: groupName, logStreamNamePrefix };
          return everyPage(paginateDescribeLogStreams({ client: logs }, input, options), (page) => page.logStreams);
        }),
      );
      return listed
        .flat()
        .sort((one, other) => (other.lastEventTimestamp ?? 0) - (one.lastEventTimestamp ?? 0))
        .flatMap(({ logStreamName = "" }) => parseStreamName(logStreamName, cache) ?? [])
        .slice(0, STREAMS_MAX);
    },
    everySeconds: CALM_SECONDS,
  });
}
