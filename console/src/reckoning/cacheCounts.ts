/** What a dashboard says of all caches at a glance: how many there are of what, and which of them are not as they shall be. */

import { type Cache, isSettled } from "../caches";

export interface Count {
  value: string;
  count: number;
}

/** The greatest count first, and of equal ones by name, so that nothing jumps while one looks. */
export function countedBy(caches: readonly Cache[], valueIn: (cache: Cache) => string): Count[] {
  const counts = new Map<string, number>();
  for (const cache of caches) counts.set(valueIn(cache), (counts.get(valueIn(cache)) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
}

/** Caches that do not serve, or are being changed: what failed for good first, then who has waited longest. */
export function notAvailable(caches: readonly Cache[]): Cache[] {
  return caches
    .filter((cache) => cache.status !== "available")
    .sort(
      (one, other) =>
        Number(hasFailed(other)) - Number(hasFailed(one)) ||
        (one.createdAt?.getTime() ?? 0) - (other.createdAt?.getTime() ?? 0) ||
        (one.id < other.id ? -1 : 1),
    );
}

/** Which cache has a node of this name. */
export function cachesByNode(caches: readonly Cache[]): ReadonlyMap<string, Cache> {
  return new Map(caches.flatMap((cache) => cache.memberIds.map((nodeId) => [nodeId, cache] as const)));
}

/** Nothing is under way, and still it is not available. */
function hasFailed(cache: Cache): boolean {
  return cache.status !== "available" && isSettled(cache.status);
}
