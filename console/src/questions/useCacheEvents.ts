import { type Event, paginateDescribeEvents } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { isOfCache } from "../reckoning/eventsOfCache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

const EVENTS_SECONDS = 10;
const PAGE_SIZE = 100;

/**
 * What happened to a cache and its nodes, newest first. AWS tells events of one source or of all: all are asked for and
 * sorted out here, for nodes that have left are no source that anybody could name any more.
 */
export function useCacheEvents(cache: Cache, minutes: number): Answered<Event[]> {
  return useQuestion({
    key: ["DescribeEvents", "of", cache.form, cache.id, minutes],
    ask: async ({ elasticache }, options) => {
      const input = { Duration: minutes, MaxRecords: PAGE_SIZE };
      const events = await everyPage(paginateDescribeEvents({ client: elasticache }, input, options), (page) =>
        page.Events?.filter((event) => isOfCache(cache, event)),
      );
      return events.sort((one, other) => (other.Date?.getTime() ?? 0) - (one.Date?.getTime() ?? 0));
    },
    everySeconds: EVENTS_SECONDS,
  });
}
