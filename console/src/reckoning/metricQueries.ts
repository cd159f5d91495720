/** Which metrics a page asks for: of each node, or of a group's nodes together where AWS has it so. */

import type { Dimension, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Subject } from "../caches";
import { CACHE_NODE_ID, type KnownMetric, NAMESPACE, periodOf, type Together } from "./metricCatalog";
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

export function nodeSubject(nodeId: string): LineSubject {
  return {
    name: nodeId,
    dimensions: [
      { Name: "CacheClusterId", Value: nodeId },
      { Name: "CacheNodeId", Value: CACHE_NODE_ID },
    ],
  };
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
  const ofGroup: Dimension = { Name: "ReplicationGroupId", Value: cache.id };
  if (view === "nodes") return chosenIds(nodeIds, cache.memberIds).map(nodeSubject);
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

/** In as many calls as it takes. */
export function queriesFor(lines: readonly AskedLine[], periodSeconds: number): MetricDataQuery[][] {
  const queries = lines.map(({ id, metric, subject, statistic }) => ({
    Id: id,
    MetricStat: {
      Metric: { Namespace: metric.namespace ?? NAMESPACE, MetricName: metric.name, Dimensions: subject.dimensions },
      Period: periodOf(metric, periodSeconds),
      Stat: statistic,
    },
  }));
  const calls: MetricDataQuery[][] = [];
  for (let from = 0; from < queries.length; from += QUERIES_MAX) calls.push(queries.slice(from, from + QUERIES_MAX));
  return calls;
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
