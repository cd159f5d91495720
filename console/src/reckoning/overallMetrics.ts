/**
 * Two lines and a list for all caches together: CloudWatch finds the nodes by a search and adds them up, so that a page
 * asks the same of one node and of five hundred.
 */

import type { MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { Cache } from "../caches";
import { cachesByNode } from "./cacheCounts";
import type { Point } from "./metricSeries";

export const PERIOD_SECONDS = 60;
/** So many of the fullest nodes are looked at: those of one cache are about equally full. */
const NODES_LOOKED_AT = 100;

/** All nodes' hits and misses, and the memory of all of them. */
export function overallQueries(): MetricDataQuery[] {
  return [
    { ...expression("hits", `SUM(${search(["CacheHits", "GetHits"], "Sum")})`), ReturnData: false },
    { ...expression("misses", `SUM(${search(["CacheMisses", "GetMisses"], "Sum")})`), ReturnData: false },
    expression("rate", "100 * hits / (hits + misses)"),
    expression("memory", `SUM(${search(["BytesUsedForCache", "BytesUsedForCacheItems"], "Average")})`),
  ];
}

/** The fullest nodes, the fullest first; each is labelled with its name. */
export function fullestQueries(): MetricDataQuery[] {
  const usage = search(["DatabaseMemoryUsagePercentage"], "Maximum");
  const label = `\${PROP('Dim.CacheClusterId')}`;
  return [{ ...expression("fullest", `SORT(${usage}, MAX, DESC, ${NODES_LOOKED_AT})`), Label: label }];
}

export interface FullNode {
  nodeId: string;
  percent: number;
}

export interface FullCache {
  cache: Cache;
  percent: number;
}

/** Oldest first. A minute in which nobody read a key has no hit rate, and so no point. */
export function pointsOf(results: readonly MetricDataResult[], id: string): Point[] {
  const points: Point[] = [];
  for (const { Id, Timestamps = [], Values = [] } of results) {
    if (Id !== id) continue;
    Timestamps.forEach((at, index) => {
      const value = Values[index];
      if (value !== undefined) points.push({ at, value });
    });
  }
  return points.sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** How full each node was at its newest sample; of who has none nothing is told. */
export function fullNodes(results: readonly MetricDataResult[]): FullNode[] {
  const nodes = new Map<string, FullNode & { at: number }>();
  for (const { Label: nodeId = "", Timestamps = [], Values = [] } of results) {
    Timestamps.forEach((moment, index) => {
      const at = moment.getTime();
      const percent = Values[index];
      if (percent !== undefined && at >= (nodes.get(nodeId)?.at ?? 0)) nodes.set(nodeId, { nodeId, percent, at });
    });
  }
  return [...nodes.values()].map(({ nodeId, percent }) => ({ nodeId, percent }));
}

/** The fullest caches, each by its fullest node. Nodes of caches that are gone are still searched for; they are left out. */
export function fullestCaches(nodes: readonly FullNode[], caches: readonly Cache[], countMax: number): FullCache[] {
  const cacheOf = cachesByNode(caches);
  const found = new Map<Cache, number>();
  for (const { nodeId, percent } of nodes) {
    const cache = cacheOf.get(nodeId);
    if (cache !== undefined) found.set(cache, Math.max(percent, found.get(cache) ?? 0));
  }
  return [...found]
    .map(([cache, percent]) => ({ cache, percent }))
    .sort((one, other) => other.percent - one.percent || (one.cache.id < other.cache.id ? -1 : 1))
    .slice(0, countMax);
}

function expression(id: string, text: string): MetricDataQuery {
  return { Id: id, Expression: text, Period: PERIOD_SECONDS };
}

/** By nodes: of a Memcached cluster's all together the average would be one node's. Engines have names of their own. */
function search(metricNames: readonly string[], statistic: string): string {
  const names = metricNames.map((name) => `"${name}"`).join(" OR ");
  return `SEARCH('{AWS/ElastiCache,CacheClusterId,CacheNodeId} MetricName=(${names})', '${statistic}', ${PERIOD_SECONDS})`;
}
