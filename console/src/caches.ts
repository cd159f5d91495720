/**
 * A cache as a person thinks of one: a replication group, or a cache cluster on its own. AWS answers for them with two
 * actions and two shapes; the pages show one list.
 */

import type { CacheCluster, ReplicationGroup } from "@aws-sdk/client-elasticache";
import { paths } from "./paths";

export type Form = "replication-group" | "cache-cluster";

export interface Cache {
  form: Form;
  id: string;
  arn: string;
  description: string;
  /** AWS's word, as `available`. */
  status: string;
  engine: string;
  /** Absent for a group: AWS tells it of each node alone. */
  engineVersion?: string;
  nodeType: string;
  clusterMode: "enabled" | "disabled" | "compatible";
  shardCount: number;
  nodeCount: number;
  isMultiAz: boolean;
  hasAutomaticFailover: boolean;
  encryption: "required" | "preferred" | "off";
  access: "users" | "AUTH token" | "open";
  createdAt?: Date;
  /** Ids of its nodes, as cache clusters. A Memcached cluster is one cache cluster, with all its nodes in it. */
  memberIds: string[];
  /** Of a Memcached cluster: AWS's numbers of its nodes, as ``0001``. */
  cacheNodeIds?: string[];
}

/** Its nodes know nothing of one another: there are no shards, replicas, snapshots or sign-ins of it. */
export function isMemcached({ engine }: Pick<Cache, "engine">): boolean {
  return engine === "memcached";
}

export function cacheOfGroup(group: ReplicationGroup): Cache {
  return {
    form: "replication-group",
    id: group.ReplicationGroupId ?? "",
    arn: group.ARN ?? "",
    description: group.Description ?? "",
    status: group.Status ?? "",
    engine: group.Engine ?? "",
    nodeType: group.CacheNodeType ?? "",
    clusterMode: (group.ClusterMode as Cache["clusterMode"]) ?? "disabled",
    shardCount: group.NodeGroups?.length ?? 0,
    nodeCount: group.MemberClusters?.length ?? 0,
    isMultiAz: group.MultiAZ === "enabled",
    hasAutomaticFailover: group.AutomaticFailover === "enabled" || group.AutomaticFailover === "enabling",
    encryption: encryption(group),
    access: group.UserGroupIds?.length ? "users" : group.AuthTokenEnabled ? "AUTH token" : "open",
    createdAt: group.ReplicationGroupCreateTime,
    memberIds: group.MemberClusters ?? [],
  };
}

export function cacheOfCluster(cluster: CacheCluster): Cache {
  return {
    form: "cache-cluster",
    id: cluster.CacheClusterId ?? "",
    arn: cluster.ARN ?? "",
    description: "",
    status: cluster.CacheClusterStatus ?? "",
    engine: cluster.Engine ?? "",
    engineVersion: cluster.EngineVersion,
    nodeType: cluster.CacheNodeType ?? "",
    clusterMode: "disabled",
    shardCount: 0,
    nodeCount: cluster.NumCacheNodes ?? 1,
    isMultiAz: false,
    hasAutomaticFailover: false,
    encryption: encryption(cluster),
    access: cluster.AuthTokenEnabled ? "AUTH token" : "open",
    createdAt: cluster.CacheClusterCreateTime,
    memberIds: [cluster.CacheClusterId ?? ""],
    ...(cluster.Engine === "memcached" && {
      cacheNodeIds: (cluster.CacheNodes ?? []).flatMap(({ CacheNodeId }) => CacheNodeId ?? []),
    }),
  };
}

/** One node as the API and its metrics name it: a cache cluster, and which node of it. */
export interface CacheNodeName {
  /** How people call it: by its cache cluster where that has one node, else by its number there. */
  name: string;
  clusterId: string;
  nodeId: string;
}

/** AWS's number of the only node of a cache cluster of Valkey or Redis OSS. */
export const ONLY_NODE_ID = "0001";

export function nodesOf(cache: Pick<Cache, "engine" | "id" | "memberIds" | "cacheNodeIds">): CacheNodeName[] {
  return (cache.cacheNodeIds ?? cache.memberIds).map((name) => nodeNamed(cache, name));
}

export function nodeNamed(cache: Pick<Cache, "engine" | "id">, name: string): CacheNodeName {
  return isMemcached(cache)
    ? { name, clusterId: cache.id, nodeId: name }
    : { name, clusterId: name, nodeId: ONLY_NODE_ID };
}

export function pathOf(cache: { form: Form; id: string }, tab?: string): string {
  return cache.form === "replication-group" ? paths.replicationGroup(cache.id, tab) : paths.cacheCluster(cache.id, tab);
}

/** Statuses in which nothing is under way. While one is, pages ask again every second. */
const SETTLED = new Set(["available", "create-failed", "incompatible-network", "restore-failed"]);

export function isSettled(status: string | undefined): boolean {
  return status === undefined || SETTLED.has(status);
}

function encryption(one: { TransitEncryptionEnabled?: boolean; TransitEncryptionMode?: string }): Cache["encryption"] {
  if (!one.TransitEncryptionEnabled) return "off";
  return one.TransitEncryptionMode === "preferred" ? "preferred" : "required";
}

/** What a page of one cache is about: the cache, and AWS's own shapes behind it. */
export interface Subject {
  cache: Cache;
  /** Absent for a cache cluster on its own. */
  group?: ReplicationGroup;
  /** The cache cluster itself; of a group its first node, which tells what all of them have (version, windows, groups). */
  cluster?: CacheCluster;
}
