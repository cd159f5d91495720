/** A status in AWS's own word, with the sign that goes with it. */

import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

const GOOD = new Set(["available", "active", "in-sync", "applied", "complete", "ok", "enabled", "up-to-date", "ready"]);
const BAD = new Set(["create-failed", "incompatible-network", "restore-failed", "error", "alarm", "failed", "dead"]);
const STOPPED = new Set([
  "deleted",
  "disabled",
  "stopped",
  "expired",
  "cancelled",
  "insufficient_data",
  "unknown",
  "not-applicable",
]);
const WAITING = new Set(["waiting-to-start", "scheduled", "not-applied", "pending-reboot", "reboot needed"]);

export function indicatorOf(status: string): StatusIndicatorProps.Type {
  const word = status.toLowerCase();
  if (GOOD.has(word)) return "success";
  if (BAD.has(word)) return "error";
  if (STOPPED.has(word)) return "stopped";
  if (WAITING.has(word)) return "pending";
  return "in-progress"; // creating, modifying, snapshotting, rebooting, deleting, …
}

export function StatusWord({ status }: { status: string | undefined }) {
  if (!status) return <>-</>;
  return <StatusIndicator type={indicatorOf(status)}>{wordOf(status)}</StatusIndicator>;
}

/** ``create-failed`` → ``Create failed``. */
export function wordOf(status: string): string {
  if (status === "OK") return status; // CloudWatch's, which is no word but two letters
  const spaced = status.toLowerCase().replaceAll(/[-_]/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
