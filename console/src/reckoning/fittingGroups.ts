/** Which parameter group a cache may have: of its engine version's family, and for its cluster mode. */

import type { CacheParameterGroup } from "@aws-sdk/client-elasticache";

const DEFAULT_PREFIX = "default.";

export function familyOf(name: string, groups: readonly CacheParameterGroup[]): string | undefined {
  return groups.find((group) => group.CacheParameterGroupName === name)?.CacheParameterGroupFamily;
}

/** The present one if it is of the family; else the family's default; empty where neither is there. */
export function fittingGroup(
  present: string,
  family: string,
  clusterMode: string,
  groups: readonly CacheParameterGroup[],
): string {
  if (familyOf(present, groups) === family) return present;
  const fitting = fittingGroups(family, clusterMode, groups);
  return fitting.find((group) => isDefault(group.CacheParameterGroupName))?.CacheParameterGroupName ?? "";
}

export function fittingGroups(
  family: string | undefined,
  clusterMode: string,
  groups: readonly CacheParameterGroup[],
): CacheParameterGroup[] {
  return groups.filter(
    (group) => group.CacheParameterGroupFamily === family && isOfMode(group.CacheParameterGroupName, clusterMode),
  );
}

/** Of AWS's own groups the name tells; of others only the API knows. */
function isOfMode(name: string | undefined, clusterMode: string): boolean {
  if (!isDefault(name)) return true;
  return name?.endsWith(".cluster.on") === (clusterMode !== "disabled");
}

function isDefault(name: string | undefined): boolean {
  return name?.startsWith(DEFAULT_PREFIX) === true;
}
