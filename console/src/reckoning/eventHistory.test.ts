import type { Event } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { EVENT_COUNT_MAX, keyed, NO_EVENTS, readPage, withNewer } from "./eventHistory";

const event = (second: number, message = "happened"): Event => ({
  Date: new Date(second * 1000),
  SourceType: "replication-group",
  SourceIdentifier: "shop",
  Message: message,
});

test("a page is read up to the newest event that is known", () => {
  const page = [event(4), event(3), event(2), event(1)];
  expect(readPage(page, event(2))).toEqual({ events: [event(4), event(3)], hasMet: true });
  expect(readPage(page, event(4))).toEqual({ events: [], hasMet: true });
  expect(readPage(page, event(9))).toEqual({ events: page, hasMet: false });
  expect(readPage(page, undefined)).toEqual({ events: page, hasMet: false });
});

test("newer events come first, and the oldest go where there are too many", () => {
  const known = { events: [event(2), event(1)], isCut: false };
  expect(withNewer([event(3)], known)).toEqual({ events: [event(3), event(2), event(1)], isCut: false });
  const many = Array.from({ length: EVENT_COUNT_MAX }, (_, index) => event(9999 - index));
  const cut = withNewer(many, known);
  expect(cut.events).toHaveLength(EVENT_COUNT_MAX);
  expect(cut.isCut).toBe(true);
  expect(withNewer([], NO_EVENTS)).toEqual(NO_EVENTS);
});

test("two events alike have two keys, which stay when a newer one comes", () => {
  const before = keyed([event(2), event(1), event(1)]).map(({ key }) => key);
  const after = keyed([event(1), event(2), event(1), event(1)]).map(({ key }) => key);
  expect(new Set(after).size).toBe(4);
  expect(after.slice(1)).toEqual(before);
});
