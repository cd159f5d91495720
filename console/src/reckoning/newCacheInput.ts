/**
 * What a completed form comes to as a call of the API. The very same value is sent, and shown as a command of the AWS CLI:
 * what a person copies is what the button would have done.
 */

import type {
  CreateCacheClusterCommandInput,
  CreateReplicationGroupCommandInput,
  LogDeliveryConfigurationRequest,
  LogType,
  NodeGroupConfiguration,
} from "@aws-sdk/client-elasticache";
import { type NewCache, type NewLog, nodeCountOf, shardName } from "./newCache";
import { renderMaintenanceWindow } from "./windows";

export type CreateCall =
  | { action: "CreateReplicationGroup"; input: CreateReplicationGroupCommandInput }
  | { action: "CreateCacheCluster"; input: CreateCacheClusterCommandInput };

export function inputOf(cache: NewCache): CreateCall {
  return cache.form === "cache-cluster"
    ? { action: "CreateCacheCluster", input: clusterInput(cache) }
    : { action: "CreateReplicationGroup", input: groupInput(cache) };
}

function groupInput(cache: NewCache): CreateReplicationGroupCommandInput {
  return {
    ReplicationGroupId: cache.id,
    ReplicationGroupDescription: cache.description,
    ...software(cache),
    ClusterMode: cache.clusterMode,
    ...layout(cache),
    AutomaticFailoverEnabled: cache.hasAutomaticFailover,
    MultiAZEnabled: cache.isMultiAz,
    ...network(cache),
    ...encryption(cache),
    ...(cache.access === "users" && { UserGroupIds: [cache.userGroup] }),
    ...upkeep(cache),
  };
}

function clusterInput(cache: NewCache): CreateCacheClusterCommandInput {
  if (cache.engine === "memcached") return memcachedInput(cache);
  return {
    CacheClusterId: cache.id,
    NumCacheNodes: 1,
    ...software(cache),
    ...(cache.zonePlan === "own" && { PreferredAvailabilityZone: cache.zones[0]?.[0] }),
    ...network(cache),
    ...(cache.encryption !== "off" && { TransitEncryptionEnabled: true }),
    ...token(cache),
    ...upkeep(cache),
  };
}

function memcachedInput(cache: NewCache): CreateCacheClusterCommandInput {
  return {
    CacheClusterId: cache.id,
    NumCacheNodes: nodeCountOf(cache),
    ...software(cache),
    ...memcachedZones(cache),
    ...network(cache),
    ...(cache.encryption !== "off" && { TransitEncryptionEnabled: true }),
    ...upkeepOfAll(cache),
  };
}

function memcachedZones({ zonePlan, zone, zones: [zones = []] }: NewCache): Partial<CreateCacheClusterCommandInput> {
  if (zonePlan === "any") return { AZMode: "cross-az" };
  if (zonePlan === "one") return { AZMode: "single-az", ...(zone !== "" && { PreferredAvailabilityZone: zone }) };
  return { AZMode: new Set(zones).size > 1 ? "cross-az" : "single-az", PreferredAvailabilityZones: [...zones] };
}

function software(cache: NewCache) {
  return {
    Engine: cache.engine,
    EngineVersion: cache.engineVersion,
    CacheNodeType: cache.nodeType,
    Port: Number(cache.port),
    ...(cache.parameterGroup !== "" && { CacheParameterGroupName: cache.parameterGroup }),
  };
}

/** AWS has three ways to say it; the shortest that says everything is taken. */
function layout(cache: NewCache) {
  if (cache.clusterMode !== "enabled") {
    const nodeCount = Number(cache.replicaCount) + 1;
    const zones = cache.zonePlan === "own" && { PreferredCacheClusterAZs: [...(cache.zones[0] ?? [])] };
    return { NumCacheClusters: nodeCount, ...zones };
  }
  if (cache.zonePlan === "any" && cache.slotPlan === "even") {
    return { NumNodeGroups: Number(cache.shardCount), ReplicasPerNodeGroup: Number(cache.replicaCount) };
  }
  return { NodeGroupConfiguration: cache.slots.map((_, shard) => nodeGroup(cache, shard)) };
}

function nodeGroup(cache: NewCache, shard: number): NodeGroupConfiguration {
  const [primary, ...replicas] = cache.zones[shard] ?? [];
  return {
    NodeGroupId: shardName(shard),
    ReplicaCount: Number(cache.replicaCount),
    ...(cache.slotPlan === "own" && { Slots: cache.slots[shard]?.replaceAll(" ", "") }),
    ...(cache.zonePlan === "own" && { PrimaryAvailabilityZone: primary }),
    ...(cache.zonePlan === "own" && replicas.length > 0 && { ReplicaAvailabilityZones: replicas }),
  };
}

function network(cache: NewCache) {
  return {
    CacheSubnetGroupName: cache.subnetGroup,
    ...(cache.securityGroups.length > 0 && { SecurityGroupIds: [...cache.securityGroups] }),
  };
}

function encryption(cache: NewCache) {
  if (cache.encryption === "off") return token(cache);
  return { TransitEncryptionEnabled: true, TransitEncryptionMode: cache.encryption, ...token(cache) };
}

function token(cache: NewCache) {
  return cache.access === "token" && { AuthToken: cache.authToken };
}

function upkeep(cache: NewCache) {
  const logs = [...log("slow-log", cache.slowLog), ...log("engine-log", cache.engineLog)];
  return {
    AutoMinorVersionUpgrade: cache.upgradesMinorVersions,
    ...(logs.length > 0 && { LogDeliveryConfigurations: logs }),
    ...upkeepOfAll(cache),
  };
}

function upkeepOfAll(cache: NewCache) {
  return {
    ...(cache.hasWindow && { PreferredMaintenanceWindow: renderMaintenanceWindow(cache.window) }),
    ...(cache.topicArn !== "" && { NotificationTopicArn: cache.topicArn }),
    ...(cache.tags.length > 0 && { Tags: cache.tags.map(({ key, value }) => ({ Key: key, Value: value })) }),
  };
}

function log(type: LogType, { isDelivered, destination, name, format }: NewLog): LogDeliveryConfigurationRequest[] {
  if (!isDelivered) return [];
  const details =
    destination === "cloudwatch-logs"
      ? { CloudWatchLogsDetails: { LogGroup: name } }
      : { KinesisFirehoseDetails: { DeliveryStream: name } };
  return [{ LogType: type, DestinationType: destination, DestinationDetails: details, LogFormat: format }];
}
