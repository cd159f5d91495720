/**
 * From measurements to what is drawn and said of them. What was not measured is a gap, never a zero and never a line
 * across: a line is therefore drawn in pieces.
 */

import { amount, bytes, percent } from "../words/numbers";
import type { MetricUnit } from "./metricCatalog";

export interface Point {
  at: Date;
  value: number;
}

/** One line of a chart, as ``orders-001``. */
export interface Line {
  name: string;
  /** Oldest first. */
  points: readonly Point[];
}

export interface Summary {
  latest: number;
  min: number;
  max: number;
}

/** The pieces of a line between its gaps. */
export function piecesOf(points: readonly Point[], periodSeconds: number): Point[][] {
  const pieces: Point[][] = [];
  let before: Point | undefined;
  for (const point of points) {
    const isNext = before !== undefined && point.at.getTime() - before.at.getTime() <= periodSeconds * 1500;
    if (isNext) pieces.at(-1)?.push(point);
    else pieces.push([point]);
    before = point;
  }
  return pieces;
}

/** Undefined where nothing was measured. */
export function summaryOf(points: readonly Point[]): Summary | undefined {
  const latest = points.at(-1)?.value;
  if (latest === undefined) return undefined;
  let min = latest;
  let max = latest;
  for (const { value } of points) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { latest, min, max };
}

/** A number in the words of its unit. */
export function valueWords(value: number, unit: MetricUnit): string {
  switch (unit) {
    case "Percent":
      return percent(value);
    case "Bytes":
      return bytes(value < 1024 ? Math.round(value) : value);
    case "Seconds":
      return Math.abs(value) < 1 && value !== 0 ? `${amount(value * 1000)} ms` : `${amount(value)} s`;
    case "Microseconds":
      return Math.abs(value) >= 1000 ? microsecondsWords(value) : `${amount(value)} µs`;
    default:
      return amount(value);
  }
}

function microsecondsWords(value: number): string {
  return Math.abs(value) >= 1e6 ? `${amount(value / 1e6)} s` : `${amount(value / 1000)} ms`;
}

/** ``latest 1.2 %, between 0.3 % and 4.1 %``. */
export function summaryWords(summary: Summary | undefined, unit: MetricUnit): string {
  if (summary === undefined) return "not measured";
  const { latest, min, max } = summary;
  const [lowest, highest] = [valueWords(min, unit), valueWords(max, unit)];
  if (min === max) return `always ${lowest}`;
  if (lowest === highest) return `about ${lowest}`;
  return `latest ${valueWords(latest, unit)}, between ${lowest} and ${highest}`;
}

/** ``1.2 %``, the latest. */
export function latestWords(summary: Summary | undefined, unit: MetricUnit): string {
  return summary === undefined ? "not measured" : valueWords(summary.latest, unit);
}

/** What the whole chart says, for whoever does not see it. */
export function chartWords(lines: readonly Line[], unit: MetricUnit): string {
  if (lines.length === 0) return "There are no lines.";
  return lines.map(({ name, points }) => `${name}: ${summaryWords(summaryOf(points), unit)}.`).join(" ");
}

export interface Scale {
  /** What values are divided by, so that the axis has round numbers of a unit that people read. */
  divisor: number;
  /** The axis' highest number, undivided; at least as high as everything that is shown. */
  max: number;
  /** What the axis writes at a divided number. */
  tick: (divided: number) => string;
}

/** The axis on which all these values fit. It begins at zero, so that a small change does not look like a large one. */
export function scaleOf(highest: number, unit: MetricUnit): Scale {
  const [divisor, word] = axisUnit(highest, unit);
  const ceiling = unit === "Percent" ? 100 : Number.POSITIVE_INFINITY;
  const max = highest <= 0 ? divisor : niceAbove(highest / divisor) * divisor;
  return {
    divisor,
    max: highest <= ceiling ? Math.min(max, ceiling) : max,
    tick: (divided) => `${Number(divided.toPrecision(4))}${word}`,
  };
}

function axisUnit(highest: number, unit: MetricUnit): [number, string] {
  if (unit === "Percent") return [1, " %"];
  if (unit === "Bytes") return largest(highest, BYTE_UNITS);
  if (unit === "Seconds") return largest(highest, [[1, " s"], [1e-3, " ms"]]); // biome-ignore format: one table
  if (unit === "Microseconds") return largest(highest, [[1e6, " s"], [1e3, " ms"], [1, " µs"]]); // biome-ignore format: one table
  return largest(highest, COUNT_UNITS);
}

const BYTE_UNITS: [number, string][] = [
  [1024 ** 4, " TiB"],
  [1024 ** 3, " GiB"],
  [1024 ** 2, " MiB"],
  [1024, " KiB"],
  [1, " B"],
];
const COUNT_UNITS: [number, string][] = [
  [1e9, " G"],
  [1e6, " M"],
  [1e3, " k"],
  [1, ""],
];

function largest(highest: number, units: [number, string][]): [number, string] {
  const smallest = units.at(-1) as [number, string];
  if (highest <= 0) return units.find(([size]) => size === 1) ?? smallest;
  return units.find(([size]) => highest >= size) ?? smallest;
}

/** The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 and their tenfolds, with a little room. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value * 1.02));
  const factor = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 1.02) ?? 10;
  return factor * power;
}
