/** Which metrics a page asks for: of each node, or of a group's nodes together where AWS has it so. */

import type { Dimension, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { type CacheNodeName, isMemcached, nodeNamed, nodesOf, ONLY_NODE_ID, type Subject } from "../caches";
import { type KnownMetric, NAMESPACE, periodOf, type Together } from "./metricCatalog";
import type { Line } from "./metricSeries";

/** Of one GetMetricData. */
export const QUERIES_MAX = 500;
/** More lines than these cannot be told apart by their colours. */
export const LINES_MAX = 12;

export type View = "nodes" | Together;

/** What a line is of: a node, a shard, a role, a group. */
export interface LineSubject {
  name: string;
  dimensions: Dimension[];
}

/** One metric of one subject; `id` names it in the call and its answer. */
export interface AskedLine {
  id: string;
  metric: KnownMetric;
  subject: LineSubject;
  statistic: string;
}

export function nodeSubject({ name, clusterId, nodeId }: CacheNodeName): LineSubject {
  return {
    name,
    dimensions: [
      { Name: "CacheClusterId", Value: clusterId },
      { Name: "CacheNodeId", Value: nodeId },
    ],
  };
}

/** Of all nodes of a Memcached cluster together. */
export function wholeClusterSubject(clusterId: string): LineSubject {
  return { name: clusterId, dimensions: [{ Name: "CacheClusterId", Value: clusterId }] };
}

/** Of a cache cluster that has one node. */
export function onlyNodeSubject(clusterId: string): LineSubject {
  return nodeSubject({ name: clusterId, clusterId, nodeId: ONLY_NODE_ID });
}

export function shardIdsOf({ group }: Subject): string[] {
  return (group?.NodeGroups ?? []).flatMap(({ NodeGroupId }) => NodeGroupId ?? []);
}

interface Chosen {
  nodeIds?: readonly string[];
  shardIds?: readonly string[];
}

/** Who chose nothing sees all there are, as far as there are colours. */
export function chosenIds(chosen: readonly string[] | undefined, all: readonly string[]): readonly string[] {
  return chosen ?? all.slice(0, LINES_MAX);
}

/** The lines of a view: of nodes and shards those that are chosen. */
export function lineSubjects(subject: Subject, view: View, { nodeIds, shardIds }: Chosen): LineSubject[] {
  const { cache } = subject;
  const ofGroup: Dimension = { Name: isMemcached(cache) ? "CacheClusterId" : "ReplicationGroupId", Value: cache.id };
  if (view === "nodes") {
    const all = nodesOf(cache).map(({ name }) => name);
    return chosenIds(nodeIds, all).map((name) => nodeSubject(nodeNamed(cache, name)));
  }
  if (view === "group") return [{ name: "All nodes", dimensions: [ofGroup] }];
  if (view === "role") {
    return ["Primary", "Replica"].map((role) => ({
      name: role === "Primary" ? "Primaries" : "Replicas",
      dimensions: [ofGroup, { Name: "Role", Value: role }],
    }));
  }
  return chosenIds(shardIds, shardIdsOf(subject)).map((id) => ({
    name: `Shard ${id}`,
    dimensions: [ofGroup, { Name: "NodeGroupId", Value: id }],
  }));
}

/** Metrics that a view can tell of. */
export function metricsOf(metrics: readonly KnownMetric[], view: View): KnownMetric[] {
  return metrics.filter((metric) => view === "nodes" || metric.together?.includes(view));
}

export function askedLines(
  metrics: readonly KnownMetric[],
  subjects: readonly LineSubject[],
  statistic: string | undefined,
): AskedLine[] {
  return metrics.flatMap((metric, row) =>
    subjects.map((subject, column) => ({
      id: `m${row}_${column}`,
      metric,
      subject,
      statistic: statistic ?? metric.statistic,
    })),
  );
}

/** In as many calls as it takes; what is reckoned is in the call of what it is reckoned of. */
export function queriesFor(lines: readonly AskedLine[], periodSeconds: number): MetricDataQuery[][] {
  const calls: MetricDataQuery[][] = [[]];
  for (const line of lines) {
    const queries = queriesOf(line, periodSeconds);
    if ((calls.at(-1)?.length ?? 0) + queries.length > QUERIES_MAX) calls.push([]);
    calls.at(-1)?.push(...queries);
  }
  return calls;
}

function queriesOf({ id, metric, subject, statistic }: AskedLine, periodSeconds: number): MetricDataQuery[] {
  const Period = periodOf(metric, periodSeconds);
  const measured = (name: string) => ({
    Metric: { Namespace: metric.namespace ?? NAMESPACE, MetricName: name, Dimensions: subject.dimensions },
    Period,
    Stat: statistic,
  });
  if (metric.math === undefined) return [{ Id: id, MetricStat: measured(metric.name) }];
  const { expression, of } = metric.math;
  const operands = Object.entries(of).map(([word, name]) => ({
    Id: `${id}_${word}`,
    MetricStat: measured(name),
    ReturnData: false,
  }));
  const words = new RegExp(`\\b(${Object.keys(of).join("|")})\\b`, "g");
  return [...operands, { Id: id, Expression: expression.replaceAll(words, `${id}_$1`), Period }];
}

/** The lines of one chart, from the answer to all of them. */
export function linesOf(
  metric: KnownMetric,
  asked: readonly AskedLine[],
  answered: ReadonlyMap<string, Line["points"]>,
): Line[] {
  return asked
    .filter((line) => line.metric.name === metric.name)
    .map((line) => ({ name: line.subject.name, points: answered.get(line.id) ?? [] }));
}
