/** Everything that has been chosen for a new cache, in words, by the step in which it is changed. */

import type { NodeType } from "../questions/useNodeTypes";
import { joined } from "../words/lists";
import { bytes, counted } from "../words/numbers";
import { AT_REST_WORDS } from "./access";
import { type NewCache, type NewLog, nodeCountOf, shardName } from "./newCache";
import { presetsOf } from "./newCachePresets";
import type { StepId } from "./newCacheProblems";
import { engineTitle } from "./upgrades";
import { windowInWords } from "./windows";

export interface ReviewSection {
  title: string;
  step: StepId;
  items: { label: string; value: string }[];
}

/** `family` is that of the engine version's parameter groups; undefined while it is not known. */
export function reviewOf(cache: NewCache, nodeTypes: readonly NodeType[], family: string | undefined): ReviewSection[] {
  const isEasy = cache.method === "easy";
  const isGroup = cache.form === "replication-group";
  const isMemcached = cache.engine === "memcached";
  const advanced = isEasy ? "settings" : "advanced";
  return [
    {
      title: "Engine",
      step: "engine",
      items: items({
        Engine: engineTitle(cache.engine, cache.engineVersion),
        Deployment: deploymentInWords(cache),
        "Creation method": isEasy ? `Easy: ${presetsOf(cache.engine)[cache.preset].title}` : "Standard",
      }),
    },
    {
      title: "Settings",
      step: "settings",
      items: items({
        Name: cache.id,
        Description: isGroup ? cache.description : undefined,
        "Cluster mode": isGroup ? CLUSTER_MODES[cache.clusterMode] : undefined,
        "Node type": nodeTypeInWords(cache.nodeType, nodeTypes),
        Nodes: nodesInWords(cache),
        Memory: memoryInWords(cache, nodeTypes),
        Port: cache.port,
        "Parameter group": cache.parameterGroup || defaultParameterGroup(cache, family),
        "Subnet group": cache.subnetGroup,
        Zones: zonesInWords(cache),
        Slots: slotsInWords(cache),
      }),
    },
    {
      title: isMemcached ? "Security" : "Availability and security",
      step: advanced,
      items: items(isMemcached ? memcachedSecurityInWords(cache) : securityInWords(cache)),
    },
    { title: "Upkeep", step: advanced, items: items(isMemcached ? upkeepOfAllInWords(cache) : upkeepInWords(cache)) },
  ];
}

function deploymentInWords({ engine, form }: NewCache): string {
  if (engine === "memcached") return "Node-based, a cluster of Memcached nodes";
  return form === "replication-group" ? "Node-based, a replication group" : "Node-based, one node without replication";
}

export function defaultParameterGroup({ clusterMode }: NewCache, family: string | undefined): string {
  if (family === undefined) return "The engine version's own";
  return `default.${family}${clusterMode === "disabled" ? "" : ".cluster.on"}`;
}

export const CLUSTER_MODES: Record<NewCache["clusterMode"], string> = {
  disabled: "Off",
  enabled: "On",
  compatible: "Compatible",
};

export const ENCRYPTIONS: Record<NewCache["encryption"], string> = {
  off: "Off",
  preferred: "Preferred: with and without TLS, at two ports",
  required: "Required: TLS and nothing else",
};

export function nodeTypeInWords(name: string, nodeTypes: readonly NodeType[]): string {
  const type = nodeTypes.find((other) => other.name === name);
  return type === undefined ? name : `${name} (${bytes(type.memoryBytes)})`;
}

/** ``9 nodes: 3 shards, each a primary and 2 replicas``. */
export function nodesInWords(cache: NewCache): string {
  const nodes = counted(nodeCountOf(cache), "node");
  const replicas = counted(Number(cache.replicaCount), "replica");
  if (cache.form === "cache-cluster") return nodes; // each holds keys of its own, or is alone
  if (cache.clusterMode !== "enabled") return `${nodes}: a primary and ${replicas}`;
  return `${nodes}: ${counted(Number(cache.shardCount), "shard")}, each a primary and ${replicas}`;
}

/** What all nodes have together, and how much of it is for different keys; undefined while the node type is not known. */
export function memoryInWords(cache: NewCache, nodeTypes: readonly NodeType[]): string | undefined {
  const type = nodeTypes.find((other) => other.name === cache.nodeType);
  const nodeCount = nodeCountOf(cache);
  if (type === undefined || nodeCount === 0) return undefined;
  if (cache.engine === "memcached") return `${bytes(type.memoryBytes * nodeCount)} in all, each key on one node`;
  const held = bytes(type.memoryBytes * Number(cache.shardCount));
  if (Number(cache.replicaCount) === 0) return `${held} in all`;
  return `${bytes(type.memoryBytes * nodeCount)} in all; ${held} of it holds different keys, the rest are copies`;
}

function zonesInWords(cache: NewCache): string {
  if (cache.zonePlan === "any") return "Spread by Elastane";
  const [only = []] = cache.zones;
  if (cache.engine === "memcached") return memcachedZonesInWords(cache, only);
  if (cache.form === "cache-cluster") return only[0] ?? "";
  const shards = cache.zones.map(([primary, ...replicas]) =>
    replicas.length === 0 ? `primary ${primary}` : `primary ${primary}, replicas ${replicas.join(", ")}`,
  );
  return cache.clusterMode === "enabled"
    ? shards.map((text, index) => `${shardName(index)}: ${text}`).join("; ")
    : (shards[0] ?? "");
}

/** ``0001 and 0003 in us-east-1a, 0002 in us-east-1b``. */
function memcachedZonesInWords({ zonePlan, zone }: NewCache, zones: readonly string[]): string {
  if (zonePlan === "one") return zone === "" ? "One, chosen by Elastane" : `All in ${zone}`;
  const names = [...new Set(zones)].sort();
  const nodesIn = (name: string) => zones.flatMap((other, node) => (other === name ? [shardName(node)] : []));
  return names.map((name) => `${joined(nodesIn(name))} in ${name}`).join(", ");
}

function slotsInWords(cache: NewCache): string | undefined {
  if (cache.clusterMode !== "enabled") return undefined;
  if (cache.slotPlan === "even") return "Spread evenly";
  return cache.slots.map((text, index) => `${shardName(index)}: ${text}`).join("; ");
}

function securityInWords(cache: NewCache) {
  const isGroup = cache.form === "replication-group";
  return {
    "Automatic failover": isGroup ? onOrOff(cache.hasAutomaticFailover) : undefined,
    "Multi-AZ": isGroup ? onOrOff(cache.isMultiAz) : undefined,
    "Security groups": cache.securityGroups.join(", ") || "The default one of the VPC",
    "Encryption in transit": ENCRYPTIONS[cache.encryption],
    "Encryption at rest": AT_REST_WORDS,
    "Access control": accessInWords(cache),
  };
}

function memcachedSecurityInWords(cache: NewCache) {
  return {
    "Security groups": cache.securityGroups.join(", ") || "The default one of the VPC",
    "Encryption in transit": ENCRYPTIONS[cache.encryption],
  };
}

function accessInWords({ access, userGroup }: NewCache): string {
  if (access === "users") return `The users of the user group ${userGroup}`;
  return access === "token" ? "Who has the AUTH token" : "Everybody who reaches the cache";
}

function upkeepInWords(cache: NewCache) {
  return {
    "Maintenance window": cache.hasWindow ? windowInWords(cache.window) : "Chosen by Elastane",
    Snapshots: "None: not in this version",
    Notifications: cache.topicArn || "None",
    "Auto minor version upgrade": onOrOff(cache.upgradesMinorVersions),
    "Slow log": logInWords(cache.slowLog),
    "Engine log": logInWords(cache.engineLog),
    Tags: tagsInWords(cache),
  };
}

function upkeepOfAllInWords(cache: NewCache) {
  return {
    "Maintenance window": cache.hasWindow ? windowInWords(cache.window) : "Chosen by Elastane",
    Notifications: cache.topicArn || "None",
    Tags: tagsInWords(cache),
  };
}

function tagsInWords({ tags }: NewCache): string {
  return tags.map(({ key, value }) => (value === "" ? key : `${key} = ${value}`)).join(", ") || "None";
}

function logInWords({ isDelivered, destination, name, format }: NewLog): string {
  if (!isDelivered) return "Not delivered";
  return destination === "cloudwatch-logs"
    ? `To the log group ${name}, as ${format}`
    : `Into the file ${name}.log, as ${format}`;
}

function onOrOff(isOn: boolean): string {
  return isOn ? "On" : "Off";
}

function items(values: Record<string, string | undefined>): ReviewSection["items"] {
  return Object.entries(values).flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]));
}
