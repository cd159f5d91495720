/** Nodes told by what they have in common: which caches use a group, and which cache a node belongs to. */

import type { CacheCluster } from "@aws-sdk/client-elasticache";
import type { Form } from "../caches";

export interface NamedCache {
  form: Form;
  id: string;
}

/** A node's cache: its replication group, or itself. */
export function cacheOf(cluster: CacheCluster): NamedCache {
  return cluster.ReplicationGroupId === undefined
    ? { form: "cache-cluster", id: cluster.CacheClusterId ?? "" }
    : { form: "replication-group", id: cluster.ReplicationGroupId };
}

/** By the name of what they use, each cache once and in the order of the names. */
export function cachesBy(
  clusters: readonly CacheCluster[],
  usedName: (cluster: CacheCluster) => string | undefined,
): ReadonlyMap<string, NamedCache[]> {
  const found = new Map<string, Map<string, NamedCache>>();
  for (const cluster of clusters) {
    const name = usedName(cluster);
    if (name === undefined) continue;
    const cache = cacheOf(cluster);
    const caches = found.get(name) ?? new Map<string, NamedCache>();
    found.set(name, caches.set(`${cache.form} ${cache.id}`, cache));
  }
  return new Map([...found].map(([name, caches]) => [name, [...caches.values()].sort(byId)]));
}

function byId(one: NamedCache, other: NamedCache): number {
  return one.id.localeCompare(other.id, "en", { numeric: true });
}
