/**
 * More nodes of a Memcached cluster, or fewer, as the parameters of ModifyCacheCluster; and what either does to the keys.
 * AWS takes the whole number of nodes, and beside it the zones of new ones or the ids of those that go.
 */

import type { CacheCluster, ModifyCacheClusterMessage } from "@aws-sdk/client-elasticache";
import { NODE_COUNT_MAX } from "./newCache";

export type NodeCountChange = Pick<
  ModifyCacheClusterMessage,
  "NumCacheNodes" | "CacheNodeIdsToRemove" | "AZMode" | "NewAvailabilityZones" | "ApplyImmediately"
>;

export function nodeIdsOf(cluster: CacheCluster | undefined): string[] {
  return (cluster?.CacheNodes ?? []).flatMap(({ CacheNodeId }) => CacheNodeId ?? []);
}

/** How many there are: what a removal and an addition are reckoned from. */
export function presentCount(cluster: CacheCluster | undefined): number {
  return cluster?.NumCacheNodes ?? nodeIdsOf(cluster).length;
}

/** How many can be added. */
export function roomFor(cluster: CacheCluster | undefined): number {
  return Math.max(0, NODE_COUNT_MAX - presentCount(cluster));
}

/** `zones`: one for each new node; absent where Elastane chooses. */
export function additionOf(
  cluster: CacheCluster | undefined,
  count: number,
  zones: readonly string[] | undefined,
  isImmediate: boolean,
): NodeCountChange {
  const change = { NumCacheNodes: presentCount(cluster) + count, ApplyImmediately: isImmediate };
  if (zones === undefined) return change;
  const present = (cluster?.CacheNodes ?? []).flatMap((node) => node.CustomerAvailabilityZone ?? []);
  // A cluster of one zone takes nodes in others only where it is told that it may span them.
  const isSpread = new Set([...present, ...zones]).size > 1;
  return { ...change, NewAvailabilityZones: [...zones], ...(isSpread && { AZMode: "cross-az" as const }) };
}

export function removalOf(
  cluster: CacheCluster | undefined,
  nodeIds: readonly string[],
  isImmediate: boolean,
): NodeCountChange {
  return {
    NumCacheNodes: presentCount(cluster) - nodeIds.length,
    CacheNodeIdsToRemove: [...nodeIds],
    ApplyImmediately: isImmediate,
  };
}

/** Which share of the keys, in percent, is looked for elsewhere than it is: as consistent hashing has it. */
export function movedPercent(before: number, after: number): number {
  const most = Math.max(before, after);
  return most === 0 ? 0 : (100 * Math.abs(after - before)) / most;
}

/** What waits for the maintenance window already; undefined where nothing of this kind does. */
export function pendingCount(cluster: CacheCluster | undefined): number | undefined {
  return cluster?.PendingModifiedValues?.NumCacheNodes;
}
