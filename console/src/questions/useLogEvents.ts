import { type FilteredLogEvent, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { type Answered, useQuestion } from "./useQuestion";

/** AWS searches backwards from no earlier moment than this one. */
const OLDEST = Date.UTC(2024, 0, 1);
/** A page may be empty and not the last one: how many of them are looked at before a person is asked whether to go on. */
const PAGES_MAX = 10;
const FOLLOWED_PAGES_MAX = 2;
const FOLLOW_SECONDS = 2;

export interface LogEvents {
  /** Newest first. */
  events: FilteredLogEvent[];
  /** Whether there may be older ones that were not looked at. */
  hasOlder: boolean;
}

interface LogEventsAsked {
  groupName: string;
  streamNames: readonly string[];
  /** CloudWatch's filter pattern; empty for all. */
  pattern: string;
  count: number;
  isFollowed: boolean;
}

/** The newest events of some streams, asked for again and again while they are followed. */
export function useLogEvents(asked: LogEventsAsked): Answered<LogEvents> {
  const { groupName, streamNames, pattern, count, isFollowed } = asked;
  return useQuestion({
    key: ["FilterLogEvents", groupName, [...streamNames].sort(), pattern, count],
    ask: async ({ logs }, options) => {
      const events: FilteredLogEvent[] = [];
      let nextToken: string | undefined;
      let pages = 0;
      do {
        const command = new FilterLogEventsCommand({
          logGroupName: groupName,
          logStreamNames: [...streamNames],
          filterPattern: pattern === "" ? undefined : pattern,
          startFromHead: false,
          startTime: OLDEST,
          limit: count - events.length,
          nextToken,
        });
        const page = await logs.send(command, options);
        events.push(...(page.events ?? []));
        nextToken = page.nextToken;
        pages += 1;
      } while (
        nextToken !== undefined &&
        events.length < count &&
        pages < (isFollowed ? FOLLOWED_PAGES_MAX : PAGES_MAX)
      );
      return { events, hasOlder: nextToken !== undefined };
    },
    everySeconds: isFollowed ? FOLLOW_SECONDS : undefined,
    isAsked: streamNames.length > 0,
  });
}
