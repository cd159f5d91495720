import { DescribeEventsCommand, type Event } from "@aws-sdk/client-elasticache";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** AWS keeps them for fourteen days. */
const MINUTES = 14 * 24 * 60;
/** The least that a page may have. */
const PAGE_MIN = 20;

/** The last few events of all sources, newest first: the API tells them in this order, so one page is enough. */
export function useRecentEvents(count: number): Answered<Event[]> {
  return useQuestion({
    key: ["DescribeEvents", "newest", count],
    ask: async ({ elasticache }, options) => {
      const command = new DescribeEventsCommand({ Duration: MINUTES, MaxRecords: Math.max(PAGE_MIN, count) });
      return ((await elasticache.send(command, options)).Events ?? []).slice(0, count);
    },
    everySeconds: CALM_SECONDS,
  });
}
