/** Which user groups a new cache may have. */

import type { UserGroup } from "@aws-sdk/client-elasticache";
import type { NewCache } from "./newCache";

/** Why the cache cannot have it; undefined where it can. */
export function fitOfUserGroup(group: UserGroup, cache: NewCache): string | undefined {
  if (group.Status !== "active") return `It is ${group.Status}, and has to be active.`;
  if (group.Engine === "valkey" && cache.engine !== "valkey") return "It is for Valkey.";
  const needed = group.MinimumEngineVersion;
  if (needed !== undefined && isOlder(cache.engineVersion, needed)) {
    return `Its users need version ${needed} or later.`;
  }
  return undefined;
}

function isOlder(version: string, needed: string): boolean {
  return version !== "" && version.localeCompare(needed, "en", { numeric: true }) < 0;
}
