/** What was asked for and is not so yet, in words: what waits for the maintenance window, and what is under way. */

import type { Subject } from "../caches";
import { pendingEncryption } from "./access";
import type { Modifications } from "./modification";

export interface PendingValue {
  what: string;
  to: string;
  /** For the window; else it is under way. */
  isWaiting: boolean;
}

export function pendingValues({ cache, group, cluster }: Subject): PendingValue[] {
  const found: PendingValue[] = [];
  // The software alone may wait, and while nothing is under way that is what it does.
  const isWaiting = cache.status === "available";
  const { EngineVersion, CacheNodeType } = cluster?.PendingModifiedValues ?? {};
  if (EngineVersion) found.push({ what: "Engine version", to: EngineVersion, isWaiting });
  if (CacheNodeType) found.push({ what: "Node type", to: CacheNodeType, isWaiting });
  const pending = group?.PendingModifiedValues ?? cluster?.PendingModifiedValues ?? {};
  const under = (what: string, to: string | undefined) => {
    if (to !== undefined) found.push({ what, to, isWaiting: false });
  };
  under(
    "AUTH token",
    pending.AuthTokenStatus && `is being ${pending.AuthTokenStatus === "SETTING" ? "set" : "rotated"}`,
  );
  if (group?.PendingModifiedValues === undefined) return found;
  const { ClusterMode, PrimaryClusterId, Resharding, UserGroups } = group.PendingModifiedValues;
  under("Cluster mode", ClusterMode);
  under("Encryption in transit", pendingEncryption(group.PendingModifiedValues));
  under("Primary", PrimaryClusterId);
  const moved = Resharding?.SlotMigration?.ProgressPercentage;
  under("Slots", moved === undefined ? undefined : `${Math.floor(moved)} % of those that move are moved`);
  if (UserGroups !== undefined) under("User group", UserGroups.UserGroupIdsToAdd?.join(", ") || "none");
  return found;
}

/** What takes back all that waits: a call for what there is, to be done in the window like what it replaces. */
export function takingBack({ cache }: Subject, presentVersion: string): Modifications {
  return {
    ApplyImmediately: false,
    Engine: cache.engine,
    EngineVersion: presentVersion,
    CacheNodeType: cache.nodeType,
  };
}

/** The same as short texts, for a summary. */
export function pendingOf(subject: Subject): string[] {
  return pendingValues(subject).map(({ what, to }) => `${what}: ${to}`);
}
