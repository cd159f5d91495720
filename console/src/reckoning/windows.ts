/**
 * Maintenance windows, ``sun:23:00-mon:01:30``: taken apart, put together, and when one opens next. All in UTC. Times are
 * minutes on a circle of a week, so that a window from Sunday to Monday needs no case of its own.
 */

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

export const DAY_NAMES: Record<Day, string> = {
  mon: "Monday",
  tue: "Tuesday",
  wed: "Wednesday",
  thu: "Thursday",
  fri: "Friday",
  sat: "Saturday",
  sun: "Sunday",
};

export interface MaintenanceWindow {
  day: Day;
  /** ``23:00``, of UTC. */
  time: string;
  durationMinutes: number;
}

const MINUTES_PER_DAY = 24 * 60;
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;
const DURATION_MINUTES_MIN = 60;

const DAY_AND_TIME = `(${DAYS.join("|")}):((?:[01][0-9]|2[0-3]):[0-5][0-9])`;
const WINDOW = new RegExp(`^${DAY_AND_TIME}-${DAY_AND_TIME}$`);
const TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/;

export function parseMaintenanceWindow(text: string | undefined): MaintenanceWindow | undefined {
  const match = WINDOW.exec((text ?? "").toLowerCase());
  if (match === null) return undefined;
  const [, day, time, lastDay, lastTime] = match as unknown as [string, Day, string, Day, string];
  const duration = minuteOfWeek(lastDay, lastTime) - minuteOfWeek(day, time);
  return { day, time, durationMinutes: (duration + MINUTES_PER_WEEK) % MINUTES_PER_WEEK };
}

export function renderMaintenanceWindow({ day, time, durationMinutes }: MaintenanceWindow): string {
  const end = (minuteOfWeek(day, time) + durationMinutes) % MINUTES_PER_WEEK;
  return `${day}:${time}-${DAYS[Math.floor(end / MINUTES_PER_DAY)]}:${timeOfMinute(end)}`;
}

/** Why AWS would refuse either kind; undefined where it would not. */
export function refusalOfWindow({ time, durationMinutes }: SnapshotWindow): string | undefined {
  if (!TIME.test(time)) return "The time is written as 23:00.";
  if (durationMinutes < DURATION_MINUTES_MIN) return "A window is open for at least 60 minutes.";
  if (durationMinutes > MINUTES_PER_DAY) return "A window is open for 24 hours at most.";
  return undefined;
}

/** Every day at the same time, ``05:00-06:00``. */
export interface SnapshotWindow {
  time: string;
  durationMinutes: number;
}

const SNAPSHOT_WINDOW = /^((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])$/;

export function parseSnapshotWindow(text: string | undefined): SnapshotWindow | undefined {
  const [, time, end] = SNAPSHOT_WINDOW.exec(text ?? "") ?? [];
  if (time === undefined || end === undefined) return undefined;
  return { time, durationMinutes: (minuteOfDay(end) - minuteOfDay(time) + MINUTES_PER_DAY) % MINUTES_PER_DAY };
}

export function renderSnapshotWindow({ time, durationMinutes }: SnapshotWindow): string {
  return `${time}-${timeOfMinute(minuteOfDay(time) + durationMinutes)}`;
}

/** Snapshots come every day, so only the time of day of the maintenance matters. AWS refuses windows that overlap. */
export function isOverlapping(maintenance: MaintenanceWindow, snapshot: SnapshotWindow): boolean {
  const behind = (minuteOfDay(snapshot.time) - minuteOfDay(maintenance.time) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  return (
    behind < maintenance.durationMinutes || (MINUTES_PER_DAY - behind) % MINUTES_PER_DAY < snapshot.durationMinutes
  );
}

export interface Opening {
  isOpen: boolean;
  /** When it closes, if it is open; else when it opens next. */
  at: Date;
}

export function nextOpening(window: MaintenanceWindow, now: Date): Opening {
  const nowMinute = ((now.getUTCDay() + 6) % 7) * MINUTES_PER_DAY + now.getUTCHours() * 60 + now.getUTCMinutes();
  const since = (nowMinute - minuteOfWeek(window.day, window.time) + MINUTES_PER_WEEK) % MINUTES_PER_WEEK;
  const isOpen = since < window.durationMinutes;
  const minutes = isOpen ? window.durationMinutes - since : MINUTES_PER_WEEK - since;
  const thisMinute = new Date(now);
  thisMinute.setUTCSeconds(0, 0);
  return { isOpen, at: new Date(thisMinute.getTime() + minutes * 60_000) };
}

/** ``Sundays, 23:00 to 01:30 UTC``. */
export function windowInWords(window: MaintenanceWindow): string {
  const end = renderMaintenanceWindow(window).split("-")[1]?.slice(4) ?? "";
  return `${DAY_NAMES[window.day]}s, ${window.time} to ${end} UTC`;
}

function minuteOfWeek(day: Day, time: string): number {
  return DAYS.indexOf(day) * MINUTES_PER_DAY + minuteOfDay(time);
}

function minuteOfDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}

function timeOfMinute(minute: number): string {
  const ofDay = minute % MINUTES_PER_DAY;
  return `${twoDigits(Math.floor(ofDay / 60))}:${twoDigits(ofDay % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
