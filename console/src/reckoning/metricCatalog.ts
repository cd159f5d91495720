/**
 * The metrics that pages draw and alarms are offered for, with the words that go with them. All that are measured, and
 * from what, stand in docs/reference/metrics.md.
 */

import { MACHINE_CPU, MACHINE_MEMORY, MACHINE_SWAP } from "./machineMetrics";
import { MEMCACHED_METRICS } from "./memcachedMetrics";

export type MetricUnit = "Percent" | "Bytes" | "Count" | "Seconds" | "Microseconds" | "None";

/** What a metric is told of beside single nodes, where AWS has it so: whole groups, shards, roles. */
export type Together = "group" | "shard" | "role";

export interface KnownMetric {
  name: string;
  title: string;
  /** What the number is, in a sentence. */
  sentence: string;
  unit: MetricUnit;
  /** The statistic that says most of it. */
  statistic: string;
  together?: readonly Together[];
  /** Where it is measured less often than every few seconds. */
  finestSeconds?: number;
  /** Where it is none of ElastiCache's, as an alarm may watch. */
  namespace?: string;
  /** Where AWS has no such metric and it is reckoned of others, named by what the expression calls them. */
  math?: { expression: string; of: Readonly<Record<string, string>> };
}

export const METRICS: readonly KnownMetric[] = [
  {
    name: "CacheHitRate",
    title: "Hit rate",
    sentence: "Of all reads of keys, those that found one.",
    unit: "Percent",
    statistic: "Average",
  },
  {
    name: "EngineCPUUtilization",
    title: "Engine CPU",
    sentence: "How busy the engine's main thread is, which serves every command.",
    unit: "Percent",
    statistic: "Average",
    together: ["group", "shard", "role"],
  },
  MACHINE_CPU,
  {
    name: "BytesUsedForCache",
    title: "Memory used",
    sentence: "What the engine has allocated, the data and its own needs.",
    unit: "Bytes",
    statistic: "Average",
  },
  {
    name: "DatabaseMemoryUsagePercentage",
    title: "Memory used, of maxmemory",
    sentence: "Near 100 % keys are evicted, or writes are refused.",
    unit: "Percent",
    statistic: "Maximum",
  },
  {
    name: "DatabaseMemoryUsageCountedForEvictPercentage",
    title: "Memory counted for eviction, of maxmemory",
    sentence: "Without the buffers that the engine leaves out when it decides whether to evict.",
    unit: "Percent",
    statistic: "Maximum",
    together: ["group", "shard"],
  },
  {
    name: "CurrConnections",
    title: "Connections",
    sentence: "Open at the moment, Elastane's own among them.",
    unit: "Count",
    statistic: "Average",
  },
  {
    name: "SuccessfulReadRequestLatency",
    title: "Latency of reads",
    sentence: "Inside the engine, without the network.",
    unit: "Microseconds",
    statistic: "Average",
    finestSeconds: 60,
  },
  {
    name: "SuccessfulWriteRequestLatency",
    title: "Latency of writes",
    sentence: "Inside the engine, without the network.",
    unit: "Microseconds",
    statistic: "Average",
    finestSeconds: 60,
  },
  {
    name: "Evictions",
    title: "Evictions",
    sentence: "Keys thrown out because the memory was full.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "ReplicationLag",
    title: "Replication lag",
    sentence: "How far a replica is behind its primary.",
    unit: "Seconds",
    statistic: "Maximum",
  },
  {
    name: "NetworkBytesIn",
    title: "Network in",
    sentence: "What the engine has read from its sockets.",
    unit: "Bytes",
    statistic: "Sum",
  },
  {
    name: "NetworkBytesOut",
    title: "Network out",
    sentence: "What the engine has written to its sockets.",
    unit: "Bytes",
    statistic: "Sum",
  },
  { name: "CurrItems", title: "Keys", sentence: "In all databases.", unit: "Count", statistic: "Average" },
  {
    name: "ProcessedCommands",
    title: "Commands",
    sentence: "Served by the engine, Elastane's own among them.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "CacheMisses",
    title: "Misses",
    sentence: "Reads of keys that found none.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "Reclaimed",
    title: "Expired keys",
    sentence: "Keys that went because their time was over.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "NewConnections",
    title: "New connections",
    sentence: "Many of them mean that clients do not keep theirs.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "BlockedConnections",
    title: "Blocked connections",
    sentence: "Clients that wait in a blocking command.",
    unit: "Count",
    statistic: "Maximum",
  },
  {
    name: "ErrorCount",
    title: "Errors",
    sentence: "Commands that the engine answered with an error.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "AuthenticationFailures",
    title: "Failed sign-ins",
    sentence: "Wrong passwords, or users that there are not.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "CommandAuthorizationFailures",
    title: "Commands not allowed",
    sentence: "Refused because the user's access string does not allow the command.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "MemoryFragmentationRatio",
    title: "Memory fragmentation",
    sentence: "What the system gave, for each byte the engine uses: above 1.5 much of it lies idle.",
    unit: "None",
    statistic: "Average",
  },
  MACHINE_MEMORY,
  MACHINE_SWAP,
];

/** What the metrics tab shows at first, in this order. */
export const FIRST_CHARTS: readonly string[] = [
  "CacheHitRate",
  "EngineCPUUtilization",
  "CPUUtilization",
  "BytesUsedForCache",
  "DatabaseMemoryUsagePercentage",
  "CurrConnections",
  "SuccessfulReadRequestLatency",
  "SuccessfulWriteRequestLatency",
  "Evictions",
  "ReplicationLag",
];

export const MORE_CHARTS: readonly string[] = [
  "NetworkBytesIn",
  "NetworkBytesOut",
  "CurrItems",
  "ProcessedCommands",
  "CacheMisses",
  "Reclaimed",
  "NewConnections",
  "BlockedConnections",
  "ErrorCount",
  "AuthenticationFailures",
  "CommandAuthorizationFailures",
  "MemoryFragmentationRatio",
  "FreeableMemory",
  "SwapUsage",
];

/** Some names are in both lists, and then the same number under another title: of Memcached the first list is asked last. */
export function knownMetric(name: string, engine?: string): KnownMetric | undefined {
  const lists = engine === "memcached" ? [MEMCACHED_METRICS, METRICS] : [METRICS, MEMCACHED_METRICS];
  return lists.flat().find((metric) => metric.name === name);
}

/** What can be told of caches with this engine. */
export function metricsOfEngine(engine: string): readonly KnownMetric[] {
  return engine === "memcached" ? MEMCACHED_METRICS : METRICS;
}

/** What an alarm can watch: of caches with this engine, or of any where it is not known yet. */
export function watchableMetrics(engine: string | undefined): KnownMetric[] {
  const others = MEMCACHED_METRICS.filter(({ name }) => !METRICS.some((metric) => metric.name === name));
  const offered = engine === undefined ? [...METRICS, ...others] : metricsOfEngine(engine);
  return offered.filter(({ math }) => math === undefined);
}

/** As pieces of this length it can be had, when those are asked for. */
export function periodOf(metric: KnownMetric, periodSeconds: number): number {
  return Math.max(metric.finestSeconds ?? 0, periodSeconds);
}

/** Those of a list, in its order. */
export function knownMetrics(names: readonly string[]): KnownMetric[] {
  return names.flatMap((name) => knownMetric(name) ?? []);
}

export const NAMESPACE = "AWS/ElastiCache";

export const STATISTICS: readonly string[] = ["Average", "Maximum", "Minimum", "Sum", "p50", "p90", "p99"];

/** ``Average`` → ``average``; ``p99`` → ``99th percentile``. */
export function statisticWord(statistic: string): string {
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1];
  if (percentile === undefined) return statistic === "SampleCount" ? "count of samples" : statistic.toLowerCase();
  return percentile === "50" ? "median" : `${percentile}th percentile`;
}
