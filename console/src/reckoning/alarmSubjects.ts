/** Whose metric an alarm can watch: each node of each cache, and of a group its nodes together where AWS has that. */

import type { Dimension } from "@aws-sdk/client-cloudwatch";
import { type Cache, type CacheNodeName, isMemcached, nodesOf } from "../caches";
import { whoWords } from "./alarmWords";
import { type KnownMetric, metricsOfEngine } from "./metricCatalog";
import { nodeSubject, wholeClusterSubject } from "./metricQueries";

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
  return caches
    .filter((cache) => isMeasured(cache, metric))
    .map((cache) => ({
      label: cache.id,
      subjects: [
        ...(isMemcached(cache)
          ? ofMemcached(cache)
          : nodesOf(cache).map((node) => subjectOf(nodeSubject(node).dimensions))),
        ...(cache.form === "replication-group" ? together(cache, metric) : []),
      ],
    }));
}

/** With numbers: a node's dimensions alone do not tell that its cache cluster has others. */
function ofMemcached(cache: Cache): AlarmSubject[] {
  const ofNode = (node: CacheNodeName) => subjectOf(nodeSubject(node).dimensions);
  return [
    { ...subjectOf(wholeClusterSubject(cache.id).dimensions), label: `all nodes of ${cache.id}` },
    ...nodesOf(cache).map((node) => ({ ...ofNode(node), label: `node ${node.nodeId} of ${cache.id}` })),
  ];
}

/** Engines have metrics of their own; of an application's, nobody knows whose they are. */
function isMeasured({ engine }: Cache, { name, namespace }: KnownMetric): boolean {
  return namespace !== undefined || metricsOfEngine(engine).some((metric) => metric.name === name);
}

/** The engine of the cache that is watched; undefined while none is, or where it is gone. */
export function engineWatched(dimensions: readonly Dimension[], caches: readonly Cache[]): string | undefined {
  const ids = new Set(dimensions.map(({ Value }) => Value));
  return caches.find(({ id, memberIds }) => ids.has(id) || memberIds.some((member) => ids.has(member)))?.engine;
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
