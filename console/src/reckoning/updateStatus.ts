/** How far a cache has come with its service updates, in one word; and which of them can be applied. */

import type { UpdateAction } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";

export type UpdateWord = "update available" | "update scheduled" | "updating" | "stopping update" | "up to date";

/** What is under way is told before what could be. */
const WORDS: readonly (readonly [status: string, word: UpdateWord])[] = [
  ["stopping", "stopping update"],
  ["in-progress", "updating"],
  ["waiting-to-start", "updating"],
  ["scheduling", "update scheduled"],
  ["scheduled", "update scheduled"],
  ["not-applied", "update available"],
  ["stopped", "update available"],
];

export function updateWord(actions: readonly UpdateAction[]): UpdateWord {
  const open = actions.filter(isCurrent);
  for (const [status, word] of WORDS) {
    if (open.some((action) => action.UpdateActionStatus === status)) return word;
  }
  return "up to date";
}

/** Those that somebody could ask for now. */
export function applicable(actions: readonly UpdateAction[]): UpdateAction[] {
  return actions.filter(
    (action) =>
      isCurrent(action) && (action.UpdateActionStatus === "not-applied" || action.UpdateActionStatus === "stopped"),
  );
}

export function actionsOf(cache: Pick<Cache, "form" | "id">, actions: readonly UpdateAction[]): UpdateAction[] {
  return actions.filter((action) => isOf(action, cache));
}

function isOf(action: UpdateAction, cache: Pick<Cache, "form" | "id">): boolean {
  return cache.form === "replication-group"
    ? action.ReplicationGroupId === cache.id
    : action.CacheClusterId === cache.id;
}

/** An update that a newer one has taken the place of is history. */
function isCurrent(action: UpdateAction): boolean {
  return action.ServiceUpdateStatus === undefined || action.ServiceUpdateStatus === "available";
}

export interface UpdateCount {
  name: string;
  severity: string | undefined;
  count: number;
}

/** How many caches each update is for; the one for most of them first. */
export function countsByUpdate(actions: readonly UpdateAction[]): UpdateCount[] {
  const counts = new Map<string, UpdateCount>();
  for (const { ServiceUpdateName: name = "", ServiceUpdateSeverity: severity } of actions) {
    counts.set(name, { name, severity, count: (counts.get(name)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1));
}
