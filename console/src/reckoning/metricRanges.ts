/** Which stretch of time is looked at, and in pieces of which length: what CloudWatch takes, and a chart can show. */

import { counted } from "../words/numbers";
import { span } from "../words/times";

export type Range =
  | { type: "relative"; seconds: number }
  /** Milliseconds since 1970. */
  | { type: "absolute"; start: number; end: number };

export interface Window {
  start: Date;
  end: Date;
}

/** Every five seconds a node is measured, and so fine it is kept for three hours. */
const FINE_SECONDS = 5;
const FINE_KEPT_SECONDS = 3 * 3600;
/** What is older is kept in longer pieces, as on AWS. */
const FIVE_MINUTES_FROM_SECONDS = 15 * 86_400;
const HOURS_FROM_SECONDS = 63 * 86_400;
/** Nothing older is kept. */
export const KEPT_SECONDS = 455 * 86_400;

/** All that CloudWatch takes below a minute, and above it the multiples of a minute that people think in. */
const PERIODS = [5, 10, 30, 60, 300, 600, 1800, 3600, 6 * 3600, 86_400] as const;
/** More points than these only blacken a chart and slow the page. */
const POINTS_USUAL = 180;
export const POINTS_MAX = 1440;

export function windowOf(range: Range, periodSeconds: number, now: number): Window {
  if (range.type === "absolute") return { start: new Date(range.start), end: new Date(range.end) };
  const period = periodSeconds * 1000;
  // Cut at the period, as the data is: otherwise the first piece would begin within one, and be told of half of it.
  const end = Math.ceil(now / period) * period;
  return { start: new Date(Math.floor((now - range.seconds * 1000) / period) * period), end: new Date(end) };
}

export function lengthSeconds(range: Range): number {
  return range.type === "relative" ? range.seconds : Math.max(0, (range.end - range.start) / 1000);
}

/** The periods that may be chosen for a range: fine enough to be kept so, coarse enough to be drawn. */
export function periodsFor(range: Range, now: number): number[] {
  const finest = finestPeriod(range, now);
  const length = lengthSeconds(range);
  const fitting = PERIODS.filter((period) => period >= finest && length / period <= POINTS_MAX && period <= length / 2);
  return fitting.length > 0 ? fitting : [finest];
}

/** The one that is taken when nobody chooses. */
export function usualPeriod(range: Range, now: number): number {
  const offered = periodsFor(range, now);
  const length = lengthSeconds(range);
  return offered.find((period) => length / period <= POINTS_USUAL) ?? (offered.at(-1) as number);
}

/** Chosen, where it fits the range; else the usual one. */
export function periodFor(range: Range, chosen: number | undefined, now: number): number {
  return chosen !== undefined && periodsFor(range, now).includes(chosen) ? chosen : usualPeriod(range, now);
}

/** How often it makes sense to ask again; never for what is past. */
export function refreshSeconds(range: Range, periodSeconds: number): number | undefined {
  if (range.type === "absolute") return undefined;
  return Math.min(60, Math.max(FINE_SECONDS, periodSeconds));
}

/** Why a range cannot be had; undefined when it can. */
export function rangeProblem(range: Range, now: number): string | undefined {
  const start = range.type === "absolute" ? range.start : now - range.seconds * 1000;
  if (range.type === "absolute" && range.end <= range.start) return "The end must be after the start.";
  if (range.type === "absolute" && range.start > now) return "Nothing is measured yet of what is to come.";
  if (lengthSeconds(range) < 60) return "A minute is the least.";
  if (now - start > KEPT_SECONDS * 1000) return "Nothing is kept for longer than 455 days.";
  return undefined;
}

/** ``every 5 s``, ``every minute``, ``every 5 min``. */
export function periodWords(periodSeconds: number): string {
  if (periodSeconds === 60) return "every minute";
  if (periodSeconds === 3600) return "every hour";
  if (periodSeconds === 86_400) return "every day";
  if (periodSeconds % 86_400 === 0) return `every ${counted(periodSeconds / 86_400, "day")}`;
  return `every ${span(periodSeconds)}`;
}

function finestPeriod(range: Range, now: number): number {
  const start = range.type === "absolute" ? range.start : now - range.seconds * 1000;
  const age = (now - start) / 1000;
  if (age > HOURS_FROM_SECONDS) return 3600;
  if (age >= FIVE_MINUTES_FROM_SECONDS) return 300;
  // A little more than three hours: a range of three hours begins within the period before.
  return age <= FINE_KEPT_SECONDS + 60 ? FINE_SECONDS : 60;
}
