import { expect, test } from "vitest";
import {
  isOverlapping,
  nextOpening,
  parseMaintenanceWindow,
  parseSnapshotWindow,
  refusalOfWindow,
  renderMaintenanceWindow,
  renderSnapshotWindow,
  windowInWords,
} from "./windows";

const OVER_MIDNIGHT = { day: "sun", time: "23:00", durationMinutes: 150 } as const;

test("a window over the end of the week is read and written", () => {
  expect(parseMaintenanceWindow("sun:23:00-mon:01:30")).toEqual(OVER_MIDNIGHT);
  expect(renderMaintenanceWindow(OVER_MIDNIGHT)).toBe("sun:23:00-mon:01:30");
});

test("what is no window is none", () => {
  for (const text of [undefined, "", "sun:23:00", "sun:24:00-mon:01:30", "sunday:23:00-mon:01:30"]) {
    expect(parseMaintenanceWindow(text)).toBeUndefined();
  }
});

test("capital letters are taken as small ones", () => {
  expect(parseMaintenanceWindow("Sun:23:00-Mon:01:30")).toEqual(OVER_MIDNIGHT);
});

test("a window that is closed opens at its next beginning", () => {
  const monday = new Date("2026-11-30T02:49:31Z");

  expect(nextOpening(OVER_MIDNIGHT, monday)).toEqual({ isOpen: false, at: new Date("2026-12-06T23:00:00Z") });
});

test("a window that is open tells when it closes, also on the other side of midnight", () => {
  const monday = new Date("2026-11-30T00:59:59Z");

  expect(nextOpening(OVER_MIDNIGHT, monday)).toEqual({ isOpen: true, at: new Date("2026-11-30T01:30:00Z") });
});

test("a window has its first minute and not its last", () => {
  expect(nextOpening(OVER_MIDNIGHT, new Date("2026-11-29T23:00:00Z")).isOpen).toBe(true);
  expect(nextOpening(OVER_MIDNIGHT, new Date("2026-11-30T01:30:00Z")).isOpen).toBe(false);
});

test("what AWS refuses is told before it is asked for", () => {
  expect(refusalOfWindow(OVER_MIDNIGHT)).toBeUndefined();
  expect(refusalOfWindow({ ...OVER_MIDNIGHT, durationMinutes: 59 })).toContain("at least 60");
  expect(refusalOfWindow({ ...OVER_MIDNIGHT, durationMinutes: 1441 })).toContain("at most");
  expect(refusalOfWindow({ ...OVER_MIDNIGHT, time: "7:5" })).toContain("23:00");
});

test("a window is said in words", () => {
  expect(windowInWords(OVER_MIDNIGHT)).toBe("Sundays, 23:00 to 01:30 UTC");
});

test("a snapshot window over midnight is read and written", () => {
  expect(parseSnapshotWindow("23:30-01:00")).toEqual({ time: "23:30", durationMinutes: 90 });
  expect(renderSnapshotWindow({ time: "23:30", durationMinutes: 90 })).toBe("23:30-01:00");
  expect(parseSnapshotWindow("23:30")).toBeUndefined();
});

test("windows overlap whatever the day, and may touch", () => {
  const overlaps = (time: string, durationMinutes: number) => isOverlapping(OVER_MIDNIGHT, { time, durationMinutes });

  expect(overlaps("00:30", 60)).toBe(true);
  expect(overlaps("22:30", 60)).toBe(true);
  expect(overlaps("01:30", 60)).toBe(false);
  expect(overlaps("22:00", 60)).toBe(false);
});
