/** What there is to say of a parameter group by its name, and of the caches that use it. */

import type { CacheCluster } from "@aws-sdk/client-elasticache";

/** AWS's default groups begin with this, and no other group's name can have a point. */
export function isDefaultGroup(name: string): boolean {
  return name.startsWith("default.");
}

export function usedParameterGroup(cluster: CacheCluster): string | undefined {
  return cluster.CacheParameterGroup?.CacheParameterGroupName;
}
