/** Where in the form it is changed what the API has refused: told by its code, or by the parameter its sentence names. */

import type { Refusal } from "../refusals";
import type { EngineName } from "./newCache";
import type { Field } from "./newCacheProblems";

/** The first row that fits counts, so the rows that name one parameter come before those that name a subject. */
const PLACES: readonly [RegExp, Field][] = [
  [/AlreadyExists|Identifier/, "id"],
  [/Description/, "description"],
  [/AuthToken|AUTH token/, "authToken"],
  [/UserGroup|[Uu]ser group/, "userGroup"],
  [/TransitEncryption|without TLS/, "encryption"],
  [/CacheNodeType|node type/, "nodeType"],
  [/[Pp]arameter ?[Gg]roup/, "parameterGroup"],
  [/\bPort\b/, "port"],
  [/EngineVersion|find version|Engine /, "engineVersion"],
  [/\bSlots?\b/, "slots"],
  [/[Ss]ecurity ?[Gg]roup|security group/, "securityGroups"],
  [/Multi-?AZ/, "isMultiAz"],
  [/automatic failover|auto failover|AutomaticFailover/, "hasAutomaticFailover"],
  [/NumNodeGroups|NodeGroupsPer|NodeQuotaForCluster/, "shardCount"],
  [/NumCacheNodes|number of cache nodes/, "nodeCount"],
  [/ReplicasPerNodeGroup|ReplicaCount|NumCacheClusters/, "replicaCount"],
  [/Availability ?Zone|AvailabilityZone|Capacity/, "zones"],
  [/[Ss]ubnet/, "subnetGroup"],
  [/maintenance window|Maintenance window/, "window"],
  [/NotificationTopic/, "topicArn"],
  [/LogDelivery|DestinationDetails|LogType/, "slowLog"],
  [/\btags?\b|TagQuota/i, "tags"],
];

/** Undefined where it cannot be told, or where nothing in the form would help. */
export function fieldOfRefusal({ kind, code = "", sentence }: Refusal, engine?: EngineName): Field | undefined {
  if (kind !== "refused" && kind !== "not-found") return undefined;
  const text = `${code} ${sentence}`;
  const field = PLACES.find(([words]) => words.test(text))?.[1];
  return engine === "memcached" && field === "shardCount" ? "nodeCount" : field; // AWS's one quota is of both
}
