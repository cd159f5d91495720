import { type Event, paginateDescribeEvents, type SourceType } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

export interface EventsAsked {
  /** How far back, in minutes; AWS keeps fourteen days. */
  minutes: number;
  source?: { id: string; type: SourceType };
}

/** Events, newest first. */
export function useEvents({ minutes, source }: EventsAsked): Answered<Event[]> {
  return useQuestion({
    key: ["DescribeEvents", minutes, source?.id, source?.type],
    ask: async ({ elasticache }, options) => {
      const input = { Duration: minutes, SourceIdentifier: source?.id, SourceType: source?.type, MaxRecords: 100 };
      const events = await everyPage(
        paginateDescribeEvents({ client: elasticache }, input, options),
        (page) => page.Events,
      );
      return events.sort((one, other) => (other.Date?.getTime() ?? 0) - (one.Date?.getTime() ?? 0));
    },
    everySeconds: CALM_SECONDS,
  });
}
