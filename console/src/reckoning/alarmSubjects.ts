/** Whose metric an alarm can watch: each node of each cache, and of a group its nodes together where AWS has that. */

import type { Dimension } from "@aws-sdk/client-cloudwatch";
import type { Cache } from "../caches";
import { whoWords } from "./alarmWords";
import type { KnownMetric } from "./metricCatalog";
import { nodeSubject } from "./metricQueries";

export interface AlarmSubject {
  key: string;
  label: string;
  dimensions: Dimension[];
}

export interface CacheSubjects {
  label: string;
  subjects: AlarmSubject[];
}

export function alarmSubjects(caches: readonly Cache[], metric: KnownMetric): CacheSubjects[] {
  return caches.map((cache) => ({
    label: cache.id,
    subjects: [
      ...cache.memberIds.map((id) => subjectOf(nodeSubject(id).dimensions)),
      ...(cache.form === "replication-group" ? together(cache, metric) : []),
    ],
  }));
}

export function subjectOf(dimensions: readonly Dimension[]): AlarmSubject {
  return { key: dimensionsKey(dimensions), label: whoWords(dimensions), dimensions: [...dimensions] };
}

/** The same for the same dimensions, in whichever order. */
export function dimensionsKey(dimensions: readonly Dimension[]): string {
  return JSON.stringify(dimensions.map(({ Name, Value }) => [Name, Value]).sort());
}

function together(cache: Cache, metric: KnownMetric): AlarmSubject[] {
  const group: Dimension = { Name: "ReplicationGroupId", Value: cache.id };
  const kinds = new Set(metric.together);
  return [
    ...(kinds.has("group") ? [subjectOf([group])] : []),
    ...(kinds.has("role")
      ? ["Primary", "Replica"].map((role) => subjectOf([group, { Name: "Role", Value: role }]))
      : []),
    ...(kinds.has("shard")
      ? shardIdsOf(cache).map((shardId) => subjectOf([group, { Name: "NodeGroupId", Value: shardId }]))
      : []),
  ];
}

/** As its nodes are called: ``wide-0002-001`` is of shard 0002. Without cluster mode there is one shard. */
function shardIdsOf({ id, memberIds }: Cache): string[] {
  const found = memberIds.flatMap((member) => /^-(\d{4})-\d{3}$/.exec(member.slice(id.length))?.[1] ?? []);
  return found.length === 0 ? ["0001"] : [...new Set(found)].sort();
}
