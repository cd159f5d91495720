import { expect, test } from "vitest";
import { aheadMs } from "./clock";

const NOON = Date.parse("2026-11-30T12:00:00Z");

test("a clock that is an hour slow is an hour behind the server", () => {
  expect(aheadMs("Mon, 30 Nov 2026 13:00:00 GMT", NOON)).toBe(3_600_000);
});

test("a clock that is a day fast is behind by less than nothing", () => {
  expect(aheadMs("Sun, 29 Nov 2026 12:00:00 GMT", NOON)).toBe(-86_400_000);
});

test("what the seconds of an answer cannot tell is no difference", () => {
  expect(aheadMs("Mon, 30 Nov 2026 12:00:41 GMT", NOON)).toBe(0);
});

test.each([null, "", "yesterday"])("a server that says %s is believed to have our time", (told) => {
  expect(aheadMs(told, NOON)).toBe(0);
});
