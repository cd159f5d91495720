/** The metrics of Memcached that pages draw and alarms are offered for: AWS has other ones of it than of Valkey. */

import { MACHINE_CPU, MACHINE_MEMORY, MACHINE_SWAP } from "./machineMetrics";
import type { KnownMetric } from "./metricCatalog";

const OF_NODES: readonly KnownMetric[] = [
  {
    name: "GetHitRate",
    title: "Hit rate",
    sentence: "Of all reads of keys, those that found one.",
    unit: "Percent",
    statistic: "Sum",
    math: { expression: "100 * hits / (hits + misses)", of: { hits: "GetHits", misses: "GetMisses" } },
  },
  MACHINE_CPU,
  {
    name: "BytesUsedForCacheItems",
    title: "Memory used for items",
    sentence: "Keys, values and what is kept about each.",
    unit: "Bytes",
    statistic: "Average",
  },
  {
    name: "UnusedMemory",
    title: "Unused memory",
    sentence: "What a node may still fill with items. None left is no trouble by itself: old ones are evicted.",
    unit: "Bytes",
    statistic: "Average",
  },
  {
    name: "Evictions",
    title: "Evictions",
    sentence: "Items thrown out before their time to make room.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "CurrConnections",
    title: "Connections",
    sentence: "Open at the moment, Elastane's own among them.",
    unit: "Count",
    statistic: "Average",
  },
  { name: "CurrItems", title: "Items", sentence: "Held at the moment.", unit: "Count", statistic: "Average" },
  {
    name: "CmdGet",
    title: "Reads",
    sentence: "Of keys, those that found nothing among them.",
    unit: "Count",
    statistic: "Sum",
  },
  { name: "CmdSet", title: "Writes", sentence: "Of items.", unit: "Count", statistic: "Sum" },
  {
    name: "GetMisses",
    title: "Misses",
    sentence: "Reads of keys that found none.",
    unit: "Count",
    statistic: "Sum",
  },
  { name: "NewItems", title: "New items", sentence: "Stored in this time.", unit: "Count", statistic: "Sum" },
  {
    name: "Reclaimed",
    title: "Expired items reused",
    sentence: "Items whose time was over, and whose memory a new one got.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "EvictedUnfetched",
    title: "Evicted and never read",
    sentence: "Many of them mean that more is stored than anybody asks for.",
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
    name: "CmdConfigGet",
    title: "Questions for the list of nodes",
    sentence: "By clients with auto discovery: usually each one every minute.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "CmdTouch",
    title: "Touches",
    sentence: "Items whose time was made longer.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "CasBadval",
    title: "Lost check-and-sets",
    sentence: "Writes that came second: the item had been changed since it was read.",
    unit: "Count",
    statistic: "Sum",
  },
  {
    name: "BytesReadIntoMemcached",
    title: "Network in",
    sentence: "What the engine has read from its sockets.",
    unit: "Bytes",
    statistic: "Sum",
  },
  {
    name: "BytesWrittenOutFromMemcached",
    title: "Network out",
    sentence: "What the engine has written to its sockets.",
    unit: "Bytes",
    statistic: "Sum",
  },
  MACHINE_MEMORY,
  MACHINE_SWAP,
];

/** Each is told of single nodes and of the whole cluster. */
export const MEMCACHED_METRICS: readonly KnownMetric[] = OF_NODES.map((metric) => ({ ...metric, together: ["group"] }));

/** How many of them the metrics tab shows at first. */
export const MEMCACHED_FIRST_COUNT = 8;
