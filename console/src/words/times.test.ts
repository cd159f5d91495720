import { expect, test } from "vitest";
import { ago, moment, span } from "./times";

test.each([
  [-5, "0 s"],
  [0.4, "0 s"],
  [89, "89 s"],
  [90, "2 min"],
  [3600, "60 min"],
  [2 * 3600, "2 h"],
  [35 * 3600, "35 h"],
  [5 * 86_400, "5 days"],
])("%d seconds are read as %s", (seconds, text) => {
  expect(span(seconds)).toBe(text);
});

test("what was is so long ago, and what comes is in so long", () => {
  const now = new Date("2026-11-30T12:00:00Z");

  expect(ago(new Date("2026-11-30T11:57:00Z"), now)).toBe("3 min ago");
  expect(ago(new Date("2026-11-30T12:03:00Z"), now)).toBe("in 3 min");
  expect(ago(new Date("2026-11-30T11:59:59.5Z"), now)).toBe("just now");
});

test("a moment is told with its seconds and the zone that it is told in", () => {
  expect(moment(new Date("2026-11-30T14:03:09Z"))).toMatch(/^(29|30|1) (Nov|Dec) 2026, \d\d:(03|18|33|48):09 \S+/);
});
