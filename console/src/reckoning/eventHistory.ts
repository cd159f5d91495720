/** The newest events, as far as a page shows them, and how the next question adds to them. */

import type { Event } from "@aws-sdk/client-elasticache";

export const EVENT_COUNT_MAX = 1000;

export interface EventHistory {
  /** Newest first, as the API has them. */
  events: readonly Event[];
  /** Whether there are older ones in the range that are not shown. */
  isCut: boolean;
}

export const NO_EVENTS: EventHistory = { events: [], isCut: false };

export interface Reading {
  events: readonly Event[];
  /** Whether the newest known event was met: what follows it is known already. */
  hasMet: boolean;
}

/** Reads a page up to the newest event that is known. */
export function readPage(page: readonly Event[], newestKnown: Event | undefined): Reading {
  const met = newestKnown === undefined ? -1 : page.findIndex((event) => keyOf(event) === keyOf(newestKnown));
  return met < 0 ? { events: page, hasMet: false } : { events: page.slice(0, met), hasMet: true };
}

/** What is shown of new events in front of those that were known. */
export function withNewer(newer: readonly Event[], known: EventHistory): EventHistory {
  const events = [...newer, ...known.events];
  return { events: events.slice(0, EVENT_COUNT_MAX), isCut: known.isCut || events.length > EVENT_COUNT_MAX };
}

/** A key for each, which stays when newer ones come: two alike are told apart by their number, counted from the oldest. */
export function keyed(events: readonly Event[]): { event: Event; key: string }[] {
  const counts = new Map<string, number>();
  return events
    .toReversed()
    .map((event) => {
      const key = keyOf(event);
      const count = counts.get(key) ?? 0;
      counts.set(key, count + 1);
      return { event, key: `${key} ${count}` };
    })
    .reverse();
}

function keyOf({ Date: at, SourceType, SourceIdentifier, Message }: Event): string {
  return `${at?.getTime()} ${SourceType} ${SourceIdentifier} ${Message}`;
}
