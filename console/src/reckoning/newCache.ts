/**
 * A cache that is being thought up: what has been chosen for it. Every choice stays as it was made, also while another one
 * makes it meaningless, so that nothing is lost by going back and forth; what holds of it says `newCacheCompleted`.
 */

import type { CacheEngineVersion, CacheSubnetGroup } from "@aws-sdk/client-elasticache";
import type { MaintenanceWindow } from "./windows";

export type EngineName = "valkey" | "redis" | "memcached";
export type ClusterModeName = "disabled" | "enabled" | "compatible";
export type PresetName = "production" | "dev-test" | "demo";

export interface NewLog {
  isDelivered: boolean;
  /** A log group, or a file that stands for a delivery stream. */
  destination: "cloudwatch-logs" | "kinesis-firehose";
  name: string;
  format: "json" | "text";
}

export interface NewTag {
  key: string;
  value: string;
}

export interface NewCache {
  engine: EngineName;
  /** A replication group, or one node that has no replicas and never will. Memcached has cache clusters alone. */
  form: "replication-group" | "cache-cluster";
  /** Easy: a preset says all but the name, the network and the tags. */
  method: "easy" | "standard";
  preset: PresetName;
  id: string;
  description: string;
  clusterMode: ClusterModeName;
  /** Empty for the newest that is offered. */
  engineVersion: string;
  nodeType: string;
  port: string;
  /** Empty for the default one of the family. */
  parameterGroup: string;
  shardCount: string;
  replicaCount: string;
  /** Of a Memcached cluster. */
  nodeCount: string;
  slotPlan: "even" | "own";
  /** One text a shard, as ``0-5461,10923``. */
  slots: readonly string[];
  /** `one` is Memcached's: all its nodes in one zone. */
  zonePlan: "any" | "one" | "own";
  /** The one; empty for whichever. */
  zone: string;
  /** One list a shard, the primary's zone first; of a Memcached cluster one list. */
  zones: readonly (readonly string[])[];
  subnetGroup: string;
  hasAutomaticFailover: boolean;
  isMultiAz: boolean;
  securityGroups: readonly string[];
  encryption: "off" | "preferred" | "required";
  access: "open" | "token" | "users";
  authToken: string;
  userGroup: string;
  hasWindow: boolean;
  window: MaintenanceWindow;
  topicArn: string;
  upgradesMinorVersions: boolean;
  slowLog: NewLog;
  engineLog: NewLog;
  tags: readonly NewTag[];
}

export const DEFAULT_PORTS: Record<EngineName, string> = { valkey: "6379", redis: "6379", memcached: "11211" };

export const NO_LOG: NewLog = { isDelivered: false, destination: "cloudwatch-logs", name: "", format: "json" };

export const BLANK: NewCache = {
  engine: "valkey",
  form: "replication-group",
  method: "easy",
  preset: "demo",
  id: "",
  description: "",
  clusterMode: "disabled",
  engineVersion: "",
  nodeType: "cache.t4g.micro",
  port: DEFAULT_PORTS.valkey,
  parameterGroup: "",
  shardCount: "3",
  replicaCount: "1",
  nodeCount: "3",
  slotPlan: "even",
  slots: [],
  zonePlan: "any",
  zone: "",
  zones: [],
  subnetGroup: "default",
  hasAutomaticFailover: true,
  isMultiAz: false,
  securityGroups: [],
  encryption: "off",
  access: "open",
  authToken: "",
  userGroup: "",
  hasWindow: false,
  window: { day: "sun", time: "03:00", durationMinutes: 60 },
  topicArn: "",
  upgradesMinorVersions: true,
  slowLog: NO_LOG,
  engineLog: NO_LOG,
  tags: [],
};

/** Another engine, at its own port unless a person has said one. */
export function withEngine({ engine: former, port }: NewCache, engine: EngineName): Partial<NewCache> {
  return { engine, port: port === DEFAULT_PORTS[former] ? DEFAULT_PORTS[engine] : port };
}

export function offersOf(engine: EngineName, versions: readonly CacheEngineVersion[]): CacheEngineVersion[] {
  return versions.filter((offer) => offer.Engine === engine).reverse(); // the API lists the oldest first
}

export function familyOf(cache: NewCache, versions: readonly CacheEngineVersion[]): string | undefined {
  return versions.find(({ Engine, EngineVersion }) => Engine === cache.engine && EngineVersion === cache.engineVersion)
    ?.CacheParameterGroupFamily;
}

/** The zones that a subnet group has subnets in, in the order of their names. */
export function zonesOf(subnetGroup: string, subnetGroups: readonly CacheSubnetGroup[]): string[] {
  const subnets = subnetGroups.find(({ CacheSubnetGroupName }) => CacheSubnetGroupName === subnetGroup)?.Subnets ?? [];
  return [...new Set(subnets.map((subnet) => subnet.SubnetAvailabilityZone?.Name ?? ""))].filter(Boolean).sort();
}

/** ``0001`` for the first: AWS's name of a shard. */
export function shardName(index: number): string {
  return String(index + 1).padStart(4, "0");
}

/** How many nodes there will be; 0 while one of the numbers is none. */
export function nodeCountOf(cache: NewCache): number {
  if (cache.engine === "memcached") return memcachedNodeNumber(cache.nodeCount);
  return shardNumber(cache.shardCount) * (/^\d+$/.test(cache.replicaCount) ? Number(cache.replicaCount) + 1 : 0);
}

export const SHARD_COUNT_MAX = 500;
export const REPLICA_COUNT_MAX = 5;
/** Of one Memcached cluster: AWS's quota. */
export const NODE_COUNT_MAX = 60;
export const SLOT_COUNT = 16_384;

/** The number that was typed, as far as it can be one; never so many that reckoning with it takes long. */
export function shardNumber(text: string): number {
  return /^\d{1,3}$/.test(text) ? Math.min(Number(text), SHARD_COUNT_MAX) : 0;
}

export function memcachedNodeNumber(text: string): number {
  return /^\d{1,3}$/.test(text) ? Math.min(Number(text), NODE_COUNT_MAX) : 0;
}

/** One range a shard; the first ones own one slot more where it does not come out even. */
export function evenSlots(shardCount: number): string[] {
  const start = (index: number) =>
    index * Math.floor(SLOT_COUNT / shardCount) + Math.min(index, SLOT_COUNT % shardCount);
  return Array.from({ length: shardCount }, (_, index) => `${start(index)}-${start(index + 1) - 1}`);
}
