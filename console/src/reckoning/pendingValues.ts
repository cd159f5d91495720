/** What was asked for and is not so yet, in words: what waits for the maintenance window, and what is under way. */

import { isMemcached, type Subject } from "../caches";
import { joined } from "../words/lists";
import { counted } from "../words/numbers";
import { pendingEncryption } from "./access";
import type { Modifications } from "./modification";

export interface PendingValue {
  what: string;
  to: string;
  when: "in the maintenance window" | "under way" | "under way, or in the maintenance window";
}

export function pendingValues({ cache, group, cluster }: Subject): PendingValue[] {
  const found: PendingValue[] = [];
  // The software alone may wait, and while nothing is under way that is what it does. While something is, AWS's answers do
  // not tell whether it is this.
  const when = cache.status === "available" ? "in the maintenance window" : "under way, or in the maintenance window";
  const {
    EngineVersion,
    CacheNodeType,
    NumCacheNodes,
    CacheNodeIdsToRemove = [],
  } = cluster?.PendingModifiedValues ?? {};
  if (NumCacheNodes !== undefined) {
    const removed = CacheNodeIdsToRemove.length === 0 ? "" : `, without ${joined(CacheNodeIdsToRemove)}`;
    found.push({ what: "Nodes", to: `${counted(NumCacheNodes, "node")}${removed}`, when });
  }
  if (EngineVersion) found.push({ what: "Engine version", to: EngineVersion, when });
  if (CacheNodeType) found.push({ what: "Node type", to: CacheNodeType, when });
  const pending = group?.PendingModifiedValues ?? cluster?.PendingModifiedValues ?? {};
  const under = (what: string, to: string | undefined) => {
    if (to !== undefined) found.push({ what, to, when: "under way" });
  };
  under("AUTH token", pending.AuthTokenStatus && TOKEN_WORDS[pending.AuthTokenStatus]);
  if (group?.PendingModifiedValues === undefined) return found;
  const { ClusterMode, PrimaryClusterId, Resharding, UserGroups } = group.PendingModifiedValues;
  under("Cluster mode", ClusterMode);
  under("Encryption in transit", pendingEncryption(group.PendingModifiedValues));
  under("Primary", PrimaryClusterId);
  const moved = Resharding?.SlotMigration?.ProgressPercentage;
  under("Slots", moved === undefined ? undefined : `${Math.floor(moved)} % of those that are to move have moved`);
  if (UserGroups !== undefined) under("User group", UserGroups.UserGroupIdsToAdd?.join(", ") || "none");
  return found;
}

const TOKEN_WORDS: Record<string, string> = {
  ROTATING: "a new one, beside the one there was",
  SETTING: "the newest one alone",
};

/** Whether something is known to wait for the window: it can be done now, or taken back. */
export function isAnyWaiting(pending: readonly PendingValue[]): boolean {
  return pending.some((one) => one.when === "in the maintenance window");
}

/** What takes back all that waits: a call for what there is, to be done in the window like what it replaces. */
export function takingBack({ cache, cluster }: Subject, presentVersion: string): Modifications {
  if (isMemcached(cache)) {
    return {
      ApplyImmediately: false,
      EngineVersion: presentVersion,
      CacheNodeType: cache.nodeType,
      NumCacheNodes: cluster?.NumCacheNodes,
    };
  }
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
