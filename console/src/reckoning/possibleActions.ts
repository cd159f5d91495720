/**
 * What can be done with a cache now, and why the rest cannot: the menu's items. What the API knows better (quotas, data
 * that does not fit) is left to it: the dialog shows its refusal.
 */

import { type Cache, isMemcached } from "../caches";
import { NODE_COUNT_MAX } from "./newCache";

export type ActionId =
  | "modify"
  | "add-shards"
  | "remove-shards"
  | "rebalance"
  | "add-nodes"
  | "remove-nodes"
  | "add-replicas"
  | "remove-replicas"
  | "failover"
  | "promote"
  | "reboot"
  | "cluster-mode"
  | "encryption"
  | "auth-token"
  | "user-group"
  | "security-groups"
  | "delete";

export const REPLICAS_MAX = 5;

/** Memcached has few: what it will never have is not in its menus, with a reason or without. */
const OF_MEMCACHED: ReadonlySet<ActionId> = new Set([
  "modify",
  "add-nodes",
  "remove-nodes",
  "reboot",
  "security-groups",
  "delete",
]);
const OF_MEMCACHED_ALONE: ReadonlySet<ActionId> = new Set(["add-nodes", "remove-nodes"]);

export function isOffered(action: ActionId, cache: Pick<Cache, "engine">): boolean {
  return isMemcached(cache) ? OF_MEMCACHED.has(action) : !OF_MEMCACHED_ALONE.has(action);
}

/** Why not; undefined where it can be done. Two facts: what the cache is, and what it is busy with. */
export function whyNot(action: ActionId, cache: Cache): string | undefined {
  return RULES[action].map((rule) => rule(cache)).find((reason) => reason !== undefined);
}

type Rule = (cache: Cache) => string | undefined;

const isAvailable: Rule = ({ status }) =>
  status === "available" ? undefined : `It is ${status}: wait until it is done.`;

/** While a change is under way, too: it may be taken back, or be what only this can help. */
const isAvailableOrModifying: Rule = (cache) => (cache.status === "modifying" ? undefined : isAvailable(cache));

const isGroup: Rule = ({ form }) =>
  form === "replication-group"
    ? undefined
    : "A cache cluster on its own has one node. Make it a group's primary first.";

const isInClusterMode: Rule = ({ clusterMode }) =>
  clusterMode === "enabled" ? undefined : "Only with cluster mode enabled.";

const isOutOfClusterMode: Rule = ({ clusterMode }) =>
  clusterMode === "disabled" ? undefined : "Not in cluster mode: a failover gives the role to a replica there.";

const isNotBetweenModes: Rule = ({ clusterMode }) =>
  clusterMode === "compatible" ? "Not in cluster mode compatible, which is for changing clients." : undefined;

const hasReplica: Rule = ({ nodeCount, shardCount }) =>
  nodeCount > Math.max(1, shardCount) ? undefined : "There is no replica.";

const hasAutomaticFailover: Rule = (cache) =>
  cache.hasAutomaticFailover ? undefined : "Automatic failover is off. Promote a replica instead.";

const isPromotable: Rule = (cache) =>
  cache.hasAutomaticFailover ? "Automatic failover is on: turn it off first, or test a failover." : undefined;

const hasRoomForReplicas: Rule = ({ nodeCount, shardCount }) =>
  nodeCount < Math.max(1, shardCount) * (REPLICAS_MAX + 1)
    ? undefined
    : `A shard has ${REPLICAS_MAX} replicas at most.`;

const hasSeveralShards: Rule = ({ shardCount }) => (shardCount > 1 ? undefined : "There is one shard only.");

const isEncrypted: Rule = ({ encryption }) =>
  encryption === "off" ? "It needs encryption in transit, or passwords would be no secret." : undefined;

const hasNoUsers: Rule = ({ access }) =>
  access === "users" ? "It has a user group: an AUTH token takes its place in that dialog." : undefined;

/** In cluster mode only a node that hangs may be rebooted, and while one does the group is `modifying`. */
const isRebootable: Rule = ({ clusterMode, status }) => {
  if (status === "deleting" || status === "creating") return `It is ${status}.`;
  if (clusterMode === "disabled" || status === "modifying") return undefined;
  return "Nodes in cluster mode cannot be rebooted, as on AWS. Test a failover.";
};

const isDeletable: Rule = ({ status }) =>
  status === "deleting" || status === "creating" ? `It is ${status}.` : undefined;

const RULES: Record<ActionId, readonly Rule[]> = {
  modify: [isAvailable],
  "add-shards": [isInClusterMode, isAvailable],
  "remove-shards": [isInClusterMode, hasSeveralShards, isAvailable],
  rebalance: [isInClusterMode, hasSeveralShards, isAvailable],
  "add-nodes": [
    ({ nodeCount }) => (nodeCount < NODE_COUNT_MAX ? undefined : `A cluster has ${NODE_COUNT_MAX} nodes at most.`),
    isAvailable,
  ],
  "remove-nodes": [({ nodeCount }) => (nodeCount > 1 ? undefined : "It is the only node."), isAvailable],
  "add-replicas": [isGroup, isNotBetweenModes, hasRoomForReplicas, isAvailable],
  "remove-replicas": [isGroup, isNotBetweenModes, hasReplica, isAvailable],
  failover: [isGroup, hasReplica, hasAutomaticFailover, isAvailable],
  promote: [isGroup, isOutOfClusterMode, hasReplica, isPromotable, isAvailableOrModifying],
  reboot: [isRebootable],
  "cluster-mode": [
    isGroup,
    ({ clusterMode }) => (clusterMode === "enabled" ? "Enabled is final." : undefined),
    isAvailableOrModifying,
  ],
  encryption: [
    ({ form }) => (form === "replication-group" ? undefined : "Of a cache cluster it is chosen when it is made."),
    isAvailableOrModifying,
  ],
  "auth-token": [isEncrypted, hasNoUsers, isAvailable],
  "user-group": [
    ({ form }) => (form === "replication-group" ? undefined : "User groups are for replication groups."),
    isEncrypted,
    isAvailable,
  ],
  "security-groups": [isAvailable],
  delete: [isDeletable],
};
