import { type Event, paginateDescribeEvents } from "@aws-sdk/client-elasticache";
import { useRef } from "react";
import { EVENT_COUNT_MAX, type EventHistory, NO_EVENTS, readPage, withNewer } from "../reckoning/eventHistory";
import { type Answered, useQuestion } from "./useQuestion";

const FOLLOW_SECONDS = 2;
/** How long only what is new is asked for; then everything anew, for what is too old by now leaves the range. */
const WHOLE_SECONDS = 60;

/**
 * The newest events of the last minutes, of all sources. Whoever follows them asks often, so each question reads only as
 * far as the first event that is known.
 */
export function useEventHistory(minutes: number, isFollowed: boolean): Answered<EventHistory> {
  const last = useRef({ minutes: 0, wholeAt: 0, history: NO_EVENTS });
  return useQuestion({
    key: ["DescribeEvents", "history", minutes],
    ask: async ({ elasticache }, options) => {
      const now = Date.now();
      const isFresh = last.current.minutes === minutes && now - last.current.wholeAt < WHOLE_SECONDS * 1000;
      const known = isFresh ? last.current.history : NO_EVENTS;
      const newer: Event[] = [];
      let history: EventHistory | undefined;
      const input = { Duration: minutes, MaxRecords: 100 };
      for await (const page of paginateDescribeEvents({ client: elasticache }, input, options)) {
        const reading = readPage(page.Events ?? [], known.events[0]);
        newer.push(...reading.events);
        if (reading.hasMet) history = withNewer(newer, known);
        else if (newer.length >= EVENT_COUNT_MAX) history = { events: newer, isCut: page.Marker !== undefined };
        if (history !== undefined) break;
      }
      history ??= { events: newer, isCut: false };
      last.current = { minutes, wholeAt: isFresh ? last.current.wholeAt : now, history };
      return history;
    },
    everySeconds: isFollowed ? FOLLOW_SECONDS : undefined,
  });
}
