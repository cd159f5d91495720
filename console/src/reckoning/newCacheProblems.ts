/**
 * Why a form cannot be sent as it is: each with its step and its field, in words. The API's own rules, told before it
 * refuses; what only the API can know (what is taken, what is full, who may) it says itself, in the review.
 */

import type { CacheParameterGroup, CacheSubnetGroup, UserGroup } from "@aws-sdk/client-elasticache";
import type { NodeType } from "../questions/useNodeTypes";
import { type NewCache, type NewLog, NODE_COUNT_MAX, REPLICA_COUNT_MAX, SHARD_COUNT_MAX, zonesOf } from "./newCache";
import { problemsOfSlots } from "./newCacheSlots";
import { problemsOfTags } from "./newCacheTags";
import { fitOfUserGroup } from "./newCacheUserGroups";
import { refusalOfMemcachedTls } from "./newMemcached";
import { familyOfNodeType, refusalOfFamily } from "./nodeTypeFamilies";
import { refusalOfWindow } from "./windows";

export type StepId = "engine" | "settings" | "advanced" | "review";
export type Field = keyof NewCache;

export interface Problem {
  step: StepId;
  field: Field;
  sentence: string;
  /** Nothing has been typed yet: said only to who wants to go on. */
  isMissing?: boolean;
}

/** What the API has told so far; empty while it has not. */
export interface KnownChoices {
  /** Whether the API has told which versions can be had. */
  hasVersions: boolean;
  nodeTypes: readonly NodeType[];
  family: string | undefined;
  parameterGroups: readonly CacheParameterGroup[];
  /** Whether the parameter group that is chosen is for cluster mode; undefined for the default one. */
  hasClusteredParameters: boolean | undefined;
  subnetGroups: readonly CacheSubnetGroup[];
  userGroups: readonly UserGroup[];
}

/** Of a completed form, in the order of the page. */
export function problemsOf(cache: NewCache, known: KnownChoices): Problem[] {
  return [
    ...problemsOfSoftware(cache, known),
    ...problemsOfName(cache),
    ...problemsOfLayout(cache),
    ...problemsOfZones(cache, known),
    ...problemsOfAccess(cache, known),
    ...problemsOfUpkeep(cache),
    ...problemsOfTags(cache.tags).map((sentence) => problem(cache, "tags", sentence)),
  ];
}

const ADVANCED = new Set<Field>([
  "hasAutomaticFailover",
  "isMultiAz",
  "securityGroups",
  "encryption",
  "access",
  "authToken",
  "userGroup",
  "window",
  "topicArn",
  "slowLog",
  "engineLog",
  "tags",
]);

/** Where a field is changed. Easy creation has one page for all that it asks. */
export function stepOf(field: Field, method: NewCache["method"]): StepId {
  if (field === "engine" || field === "form" || field === "method" || field === "preset") return "engine";
  return ADVANCED.has(field) && method === "standard" ? "advanced" : "settings";
}

function problem(cache: NewCache, field: Field, sentence: string, isMissing = false): Problem {
  return { step: stepOf(field, cache.method), field, sentence, ...(isMissing && { isMissing }) };
}

// --- name and software -----------------------------------------------------------------------------------------------

const DESCRIPTION_LENGTH_MAX = 255;
const PORT_MIN = 1024;
const PORT_MAX = 65_535;

export function idLengthMax(form: NewCache["form"]): number {
  return form === "replication-group" ? 40 : 50;
}

function problemsOfName(cache: NewCache): Problem[] {
  const found: Problem[] = [];
  const sentence = refusalOfName(cache.id, idLengthMax(cache.form));
  if (cache.id === "") found.push(problem(cache, "id", "The cache needs a name.", true));
  else if (sentence !== undefined) found.push(problem(cache, "id", sentence));
  if (cache.form === "replication-group" && cache.description.length > DESCRIPTION_LENGTH_MAX) {
    found.push(problem(cache, "description", `A description has ${DESCRIPTION_LENGTH_MAX} characters at most.`));
  }
  return found;
}

/** AWS's rule for names of caches, one sentence for each part of it. */
export function refusalOfName(name: string, lengthMax: number): string | undefined {
  if (name.length > lengthMax) return `A name has ${lengthMax} characters at most; this one has ${name.length}.`;
  if (!/^[A-Za-z0-9-]*$/.test(name)) return "A name has only letters from a to z, digits and hyphens.";
  if (!/^[A-Za-z]/.test(name)) return "A name begins with a letter.";
  if (name.includes("--")) return "A name has no two hyphens in a row.";
  if (name.endsWith("-")) return "A name does not end with a hyphen.";
  return undefined;
}

function problemsOfSoftware(cache: NewCache, known: KnownChoices): Problem[] {
  const found: Problem[] = [];
  if (cache.engineVersion === "") {
    const sentence = known.hasVersions
      ? "No version of this engine can be had here."
      : "The API has not said yet which versions can be had here.";
    found.push(problem(cache, "engine", sentence, !known.hasVersions));
  }
  const nodeType = refusalOfNodeType(cache, known);
  if (nodeType !== undefined) found.push(problem(cache, "nodeType", nodeType));
  if (!/^\d+$/.test(cache.port) || Number(cache.port) < PORT_MIN || Number(cache.port) > PORT_MAX) {
    found.push(problem(cache, "port", `A port is a number from ${PORT_MIN} to ${PORT_MAX}.`));
  }
  const parameterGroup = refusalOfParameterGroup(cache, known);
  if (parameterGroup !== undefined) found.push(problem(cache, "parameterGroup", parameterGroup));
  return found;
}

function refusalOfNodeType(cache: NewCache, known: KnownChoices): string | undefined {
  const isKnown = known.nodeTypes.length === 0 || known.nodeTypes.some(({ name }) => name === cache.nodeType);
  if (!isKnown) return `There is no node type ${cache.nodeType}.`;
  return refusalOfFamily(familyOfNodeType(cache.nodeType), cache.engine);
}

function refusalOfParameterGroup(cache: NewCache, known: KnownChoices): string | undefined {
  if (cache.parameterGroup === "") return undefined;
  const group = known.parameterGroups.find((other) => other.CacheParameterGroupName === cache.parameterGroup);
  const family = group?.CacheParameterGroupFamily;
  if (family !== undefined && known.family !== undefined && family !== known.family) {
    return `It is for ${family}, and this engine version needs one for ${known.family}.`;
  }
  const isForClusters = known.hasClusteredParameters;
  if (isForClusters === undefined || isForClusters === (cache.clusterMode !== "disabled")) return undefined;
  return isForClusters
    ? "It is for cluster mode, which is off."
    : "It is for caches without cluster mode, which is on.";
}

// --- shards, replicas, zones -----------------------------------------------------------------------------------------

function problemsOfLayout(cache: NewCache): Problem[] {
  if (cache.engine === "memcached") return problemsOfNodeCount(cache);
  const found: Problem[] = [];
  if (cache.clusterMode === "enabled" && !isNumber(cache.shardCount, 1, SHARD_COUNT_MAX)) {
    found.push(problem(cache, "shardCount", `There are 1 to ${SHARD_COUNT_MAX} shards.`));
  }
  if (!isNumber(cache.replicaCount, 0, REPLICA_COUNT_MAX)) {
    found.push(problem(cache, "replicaCount", `Each shard has 0 to ${REPLICA_COUNT_MAX} replicas.`));
  } else if (cache.clusterMode === "compatible" && cache.replicaCount === "0") {
    found.push(problem(cache, "replicaCount", "A compatible cache has automatic failover, which needs a replica."));
  }
  if (cache.slotPlan === "own") {
    found.push(...problemsOfSlots(cache.slots).map((sentence) => problem(cache, "slots", sentence)));
  }
  return found;
}

function problemsOfNodeCount(cache: NewCache): Problem[] {
  if (isNumber(cache.nodeCount, 1, NODE_COUNT_MAX)) return [];
  return [problem(cache, "nodeCount", `A cluster has 1 to ${NODE_COUNT_MAX} nodes.`)];
}

function problemsOfZones(cache: NewCache, known: KnownChoices): Problem[] {
  const zones = zonesOf(cache.subnetGroup, known.subnetGroups);
  if (zones.length === 0) return [];
  const found: Problem[] = [];
  if (cache.zonePlan !== "own") return found;
  const strange = cache.zones.flat().find((zone) => !zones.includes(zone));
  if (strange !== undefined) {
    found.push(problem(cache, "zones", `The subnet group ${cache.subnetGroup} has no subnet in ${strange}.`));
  }
  if (cache.isMultiAz && cache.zones.some((shard) => new Set(shard).size < 2)) {
    found.push(problem(cache, "zones", "Multi-AZ needs a replica in another zone than the primary's, in each shard."));
  }
  return found;
}

function isNumber(text: string, least: number, most: number): boolean {
  return /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

// --- access ----------------------------------------------------------------------------------------------------------

const TOKEN = /^[A-Za-z0-9!&#$^<>-]*$/;
const TOKEN_LENGTH_MIN = 16;
const TOKEN_LENGTH_MAX = 128;
const SECURITY_GROUP_COUNT_MAX = 5;

function problemsOfAccess(cache: NewCache, known: KnownChoices): Problem[] {
  const found: Problem[] = [];
  if (cache.securityGroups.length > SECURITY_GROUP_COUNT_MAX) {
    found.push(problem(cache, "securityGroups", `A cache has ${SECURITY_GROUP_COUNT_MAX} security groups at most.`));
  }
  const tls = cache.encryption === "off" ? undefined : refusalOfMemcachedTls(cache);
  if (tls !== undefined) found.push(problem(cache, "encryption", tls));
  if (cache.access === "open") return found;
  if (cache.encryption === "off") {
    const what = cache.access === "token" ? "An AUTH token" : "A user group";
    found.push(problem(cache, "access", `${what} needs encryption in transit, or everybody could read the passwords.`));
  }
  if (cache.access === "token") return [...found, ...problemsOfToken(cache)];
  if (cache.userGroup === "") return [...found, problem(cache, "userGroup", "Choose a user group.", true)];
  const group = known.userGroups.find((other) => other.UserGroupId === cache.userGroup);
  const fit = group === undefined ? undefined : fitOfUserGroup(group, cache);
  return fit === undefined ? found : [...found, problem(cache, "userGroup", fit)];
}

/** No sentence has the token in it. */
function problemsOfToken(cache: NewCache): Problem[] {
  const { authToken } = cache;
  if (authToken === "") return [problem(cache, "authToken", "Type the AUTH token.", true)];
  if (!TOKEN.test(authToken)) {
    return [problem(cache, "authToken", "An AUTH token has only letters from a to z, digits and ! & # $ ^ < > -")];
  }
  if (authToken.length < TOKEN_LENGTH_MIN || authToken.length > TOKEN_LENGTH_MAX) {
    const sentence = `An AUTH token has ${TOKEN_LENGTH_MIN} to ${TOKEN_LENGTH_MAX} characters; this one has ${authToken.length}.`;
    return [problem(cache, "authToken", sentence)];
  }
  return [];
}

// --- upkeep ----------------------------------------------------------------------------------------------------------

const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[a-z0-9-]*:[0-9]*:[A-Za-z0-9_.-]+$/;
const LOG_GROUP = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const STREAM = /^[a-zA-Z0-9_.-]{1,64}$/;

function problemsOfUpkeep(cache: NewCache): Problem[] {
  const found: Problem[] = [];
  const window = cache.hasWindow ? refusalOfWindow(cache.window) : undefined;
  if (window !== undefined) found.push(problem(cache, "window", window));
  if (cache.topicArn !== "" && !TOPIC_ARN.test(cache.topicArn)) {
    found.push(problem(cache, "topicArn", "A topic's ARN looks like arn:aws:sns:us-east-1:000000000000:my-topic."));
  }
  return [...found, ...problemsOfLog(cache, "slowLog"), ...problemsOfLog(cache, "engineLog")];
}

function problemsOfLog(cache: NewCache, field: "slowLog" | "engineLog"): Problem[] {
  const { isDelivered, destination, name }: NewLog = cache[field];
  if (!isDelivered) return [];
  const isGroup = destination === "cloudwatch-logs";
  if (name === "") return [problem(cache, field, isGroup ? "Name a log group." : "Name a file.", true)];
  if ((isGroup ? LOG_GROUP : STREAM).test(name)) return [];
  const rule = isGroup
    ? "A log group's name has up to 512 letters, digits and . - _ / #"
    : "A file's name has up to 64 letters, digits and . - _";
  return [problem(cache, field, rule)];
}
