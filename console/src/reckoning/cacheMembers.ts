/** Nodes told by what they have in common: which caches use a group, and which cache a node belongs to. */

import type { CacheCluster } from "@aws-sdk/client-elasticache";
import type { Form } from "../caches";
import type { Explanation } from "../elastane";

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

/** The first node that is not about to leave: who is, is gone before the group's next answer says so. */
export function stayingMember(
  memberIds: readonly string[] | undefined,
  explanation: Pick<Explanation, "Nodes"> | undefined,
): string | undefined {
  const leaving = new Set(explanation?.Nodes.filter((node) => node.IsLeaving).map((node) => node.NodeId));
  return memberIds?.find((id) => !leaving.has(id)) ?? memberIds?.[0];
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
