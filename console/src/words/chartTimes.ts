/** Moments below a chart: as little as tells them apart. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function timeOn(at: Date, window: { start: Date; end: Date } | undefined): string {
  const length = window === undefined ? DAY : window.end.getTime() - window.start.getTime();
  const clock = at.toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: length <= HOUR + 60_000 ? "2-digit" : undefined,
  });
  if (length <= 12 * HOUR + 10 * 60_000) return clock;
  return `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${clock}`;
}
