/** Addresses of what the alarms page shows: the list, one alarm, or the form. */

import { paths } from "../../paths";

export function alarmPath(name: string): string {
  return `${paths.alarms()}?alarm=${encodeURIComponent(name)}`;
}

export function editAlarmPath(name: string): string {
  return `${paths.alarms()}?edit=${encodeURIComponent(name)}`;
}

/** For a cache, or also for one of its metrics. */
export function createAlarmPath(cacheId?: string, metricName?: string): string {
  const asked = new URLSearchParams({ create: "" });
  if (cacheId !== undefined) asked.set("cache", cacheId);
  if (metricName !== undefined) asked.set("metric", metricName);
  return `${paths.alarms()}?${asked}`;
}
