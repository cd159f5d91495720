import { describe, expect, it } from "vitest";
import {
  POINTS_MAX,
  periodFor,
  periodsFor,
  periodWords,
  type Range,
  rangeProblem,
  refreshSeconds,
  usualPeriod,
  windowOf,
} from "./metricRanges";

const NOW = Date.UTC(2026, 10, 30, 12, 0, 7);
const last = (seconds: number): Range => ({ type: "relative", seconds });
const DAY = 86_400;

describe("the period of a range", () => {
  it("is every measurement of a quarter of an hour, and coarser the longer the range", () => {
    const ranges = [900, 3600, 3 * 3600, 12 * 3600, DAY, 7 * DAY];
    expect(ranges.map((seconds) => usualPeriod(last(seconds), NOW))).toEqual([5, 30, 60, 300, 600, 3600]);
  });

  it("is never finer than what is kept of that age", () => {
    expect(Math.min(...periodsFor(last(12 * 3600), NOW))).toBe(60);
    const old = (days: number): Range => {
      const start = NOW - days * DAY * 1000;
      return { type: "absolute", start, end: start + 3_600_000 };
    };
    expect(Math.min(...periodsFor(old(1), NOW))).toBe(60);
    expect(Math.min(...periodsFor(old(20), NOW))).toBe(300);
    expect(Math.min(...periodsFor(old(100), NOW))).toBe(3600);
  });

  it("never makes more points than a chart can show", () => {
    for (const seconds of [60, 900, 3 * 3600, DAY, 15 * DAY, 90 * DAY, 455 * DAY]) {
      for (const period of periodsFor(last(seconds), NOW)) expect(seconds / period).toBeLessThanOrEqual(POINTS_MAX);
    }
  });

  it("is the chosen one only where the range allows it", () => {
    expect(periodFor(last(3600), 60, NOW)).toBe(60);
    expect(periodFor(last(DAY), 5, NOW)).toBe(600);
    expect(periodFor(last(DAY), undefined, NOW)).toBe(600);
  });
});

describe("the window", () => {
  it("is cut at the period, so that no piece is told of half of it", () => {
    const { start, end } = windowOf(last(900), 60, NOW);
    expect(start.toISOString()).toBe("2026-11-30T11:45:00.000Z");
    expect(end.toISOString()).toBe("2026-11-30T12:01:00.000Z");
  });

  it("stays as it was asked for where it is absolute", () => {
    const range: Range = { type: "absolute", start: NOW - 5000, end: NOW };
    expect(windowOf(range, 60, NOW)).toEqual({ start: new Date(NOW - 5000), end: new Date(NOW) });
  });

  it("is asked for again as often as there can be something new, and never if it is past", () => {
    expect(refreshSeconds(last(900), 5)).toBe(5);
    expect(refreshSeconds(last(DAY), 600)).toBe(60);
    expect(refreshSeconds({ type: "absolute", start: 0, end: 1 }, 60)).toBeUndefined();
  });
});

describe("a range", () => {
  it("is refused backwards, too short, before anything is kept, and of what is to come", () => {
    expect(rangeProblem({ type: "absolute", start: NOW, end: NOW - 1 }, NOW)).toMatch(/after the start/);
    expect(rangeProblem(last(30), NOW)).toMatch(/minute/);
    expect(rangeProblem(last(456 * DAY), NOW)).toMatch(/455 days/);
    expect(rangeProblem({ type: "absolute", start: NOW + 1000, end: NOW + 100_000 }, NOW)).toMatch(/to come/);
    expect(rangeProblem(last(900), NOW)).toBeUndefined();
  });

  it("tells its period in words", () => {
    expect([5, 60, 300, 3600, 86_400, 2 * 86_400].map(periodWords)).toEqual([
      "every 5 s",
      "every minute",
      "every 5 min",
      "every hour",
      "every day",
      "every 2 days",
    ]);
  });
});
