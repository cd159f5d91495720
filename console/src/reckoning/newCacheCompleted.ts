/** What holds, of what has been chosen for a new cache: gaps are filled, and what another choice makes meaningless is off. */

import type { CacheEngineVersion, CacheSubnetGroup } from "@aws-sdk/client-elasticache";
import { evenSlots, memcachedNodeNumber, type NewCache, NO_LOG, offersOf, shardNumber, zonesOf } from "./newCache";
import { withPreset } from "./newCachePresets";

/** What a gap is filled with. Empty while it is not known. */
export interface Known {
  versions: readonly CacheEngineVersion[];
  subnetGroups: readonly CacheSubnetGroup[];
}

export function completed(draft: NewCache, known: Known): NewCache {
  if (draft.engine === "memcached") return completedMemcached(draft, known);
  const isGroup = draft.form === "replication-group";
  const method = isGroup ? draft.method : "standard"; // presets are replication groups
  const chosen = method === "easy" ? withPreset(draft) : draft;
  const clusterMode = isGroup ? chosen.clusterMode : "disabled";
  const shardCount = clusterMode === "enabled" ? chosen.shardCount : "1";
  const replicaCount = isGroup ? chosen.replicaCount : "0";
  const counts = { clusterMode, shardCount, replicaCount };
  const hasReplica = replicaCount !== "0";
  const hasAutomaticFailover = clusterMode !== "disabled" || (hasReplica && chosen.hasAutomaticFailover);
  const zones = zonesOf(chosen.subnetGroup, known.subnetGroups);
  return {
    ...chosen,
    ...counts,
    method,
    id: chosen.id.trim().toLowerCase(), // as the API keeps it, and tells of it from then on
    description: chosen.description.trim() || chosen.id.trim(),
    engineVersion: heldVersion(chosen, known.versions),
    slotPlan: clusterMode === "enabled" ? chosen.slotPlan : "even",
    zonePlan: chosen.zonePlan === "one" ? "any" : chosen.zonePlan,
    slots: filledSlots(chosen.slots, shardNumber(shardCount)),
    zones: filledZones(chosen.zones, shardNumber(shardCount), shardNumber(replicaCount) + 1, zones),
    hasAutomaticFailover,
    isMultiAz: chosen.isMultiAz && hasReplica && hasAutomaticFailover && zones.length !== 1,
    encryption: !isGroup && chosen.encryption === "preferred" ? "required" : chosen.encryption,
    access: !isGroup && chosen.access === "users" ? "open" : chosen.access,
  };
}

/** A cache cluster of nodes that have no replicas, no sign-in and no logs that could be delivered. */
function completedMemcached(draft: NewCache, known: Known): NewCache {
  const chosen = draft.method === "easy" ? withPreset(draft) : draft;
  const zones = zonesOf(chosen.subnetGroup, known.subnetGroups);
  const isSpread = memcachedNodeNumber(chosen.nodeCount) > 1 && zones.length !== 1;
  return {
    ...chosen,
    form: "cache-cluster",
    clusterMode: "disabled",
    shardCount: "1",
    replicaCount: "0",
    id: chosen.id.trim().toLowerCase(),
    engineVersion: heldVersion(chosen, known.versions),
    slotPlan: "even",
    zonePlan: chosen.zonePlan === "any" && !isSpread ? "one" : chosen.zonePlan,
    zone: zones.includes(chosen.zone) ? chosen.zone : "",
    zones: filledZones(chosen.zones, 1, memcachedNodeNumber(chosen.nodeCount), zones),
    hasAutomaticFailover: false,
    isMultiAz: false,
    encryption: chosen.encryption === "off" ? "off" : "required",
    access: "open",
    slowLog: NO_LOG,
    engineLog: NO_LOG,
  };
}

function heldVersion({ engine, engineVersion }: NewCache, versions: readonly CacheEngineVersion[]): string {
  const offers = offersOf(engine, versions);
  const isOffered = offers.some((offer) => offer.EngineVersion === engineVersion);
  return isOffered ? engineVersion : (offers[0]?.EngineVersion ?? "");
}

function filledSlots(slots: readonly string[], shardCount: number): string[] {
  return evenSlots(shardCount).map((even, index) => slots[index] ?? even);
}

/** Where nothing was chosen, neighbours are put into different zones, and primaries too. */
function filledZones(
  chosen: readonly (readonly string[])[],
  shardCount: number,
  nodeCount: number,
  zones: readonly string[],
): string[][] {
  return Array.from({ length: shardCount }, (_, shard) =>
    Array.from(
      { length: nodeCount },
      (_, node) => chosen[shard]?.[node] || (zones[(shard + node) % zones.length] ?? ""),
    ),
  );
}
