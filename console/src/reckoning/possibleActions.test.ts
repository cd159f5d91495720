import { expect, test } from "vitest";
import type { Cache } from "../caches";
import { type ActionId, isOffered, whyNot } from "./possibleActions";

const GROUP: Cache = {
  form: "replication-group",
  id: "shop",
  arn: "",
  description: "",
  status: "available",
  engine: "valkey",
  nodeType: "cache.t3.micro",
  clusterMode: "disabled",
  shardCount: 1,
  nodeCount: 2,
  isMultiAz: false,
  hasAutomaticFailover: true,
  encryption: "off",
  access: "open",
  memberIds: ["shop-001", "shop-002"],
};

function isPossible(action: ActionId, some: Partial<Cache> = {}): boolean {
  return whyNot(action, { ...GROUP, ...some }) === undefined;
}

test("shards are only changed in cluster mode", () => {
  expect(isPossible("add-shards")).toBe(false);
  expect(isPossible("add-shards", { clusterMode: "enabled" })).toBe(true);
  expect(isPossible("add-shards", { clusterMode: "compatible" })).toBe(false);
});

test("the last shard stays", () => {
  expect(isPossible("remove-shards", { clusterMode: "enabled", shardCount: 1 })).toBe(false);
  expect(isPossible("remove-shards", { clusterMode: "enabled", shardCount: 2, nodeCount: 2 })).toBe(true);
});

test("a failover needs a replica and automatic failover", () => {
  expect(isPossible("failover")).toBe(true);
  expect(isPossible("failover", { nodeCount: 1 })).toBe(false);
  expect(isPossible("failover", { hasAutomaticFailover: false })).toBe(false);
});

test("a replica is promoted by hand only where automatic failover is off, also to rescue a group", () => {
  expect(isPossible("promote")).toBe(false);
  expect(isPossible("promote", { hasAutomaticFailover: false })).toBe(true);
  expect(isPossible("promote", { hasAutomaticFailover: false, status: "modifying" })).toBe(true);
});

test("a shard has five replicas at most", () => {
  expect(isPossible("add-replicas", { nodeCount: 5 })).toBe(true);
  expect(isPossible("add-replicas", { nodeCount: 6 })).toBe(false);
  expect(isPossible("add-replicas", { nodeCount: 6, shardCount: 2 })).toBe(true);
});

test("shards without replicas have none to remove", () => {
  expect(isPossible("remove-replicas", { nodeCount: 3, shardCount: 3 })).toBe(false);
});

test("access control needs encryption in transit", () => {
  expect(isPossible("auth-token")).toBe(false);
  expect(isPossible("user-group")).toBe(false);
  expect(isPossible("auth-token", { encryption: "preferred" })).toBe(true);
  expect(isPossible("auth-token", { encryption: "required", access: "users" })).toBe(false);
});

test("while something is under way nothing is begun, but it may be taken back or given up", () => {
  expect(isPossible("modify", { status: "modifying" })).toBe(false);
  expect(isPossible("cluster-mode", { status: "modifying" })).toBe(true);
  expect(isPossible("encryption", { status: "modifying" })).toBe(true);
  expect(isPossible("delete", { status: "create-failed" })).toBe(true);
  expect(isPossible("delete", { status: "deleting" })).toBe(false);
});

test("a node that hangs can be rebooted, and none in cluster mode", () => {
  expect(isPossible("reboot", { status: "modifying" })).toBe(true);
  expect(isPossible("reboot", { clusterMode: "enabled" })).toBe(false);
});

test("a cache cluster on its own has no replicas, no failover and no user groups, and says why", () => {
  const cluster: Cache = { ...GROUP, form: "cache-cluster", shardCount: 0, nodeCount: 1, encryption: "required" };

  for (const action of ["add-replicas", "failover", "user-group", "encryption"] as const) {
    expect(whyNot(action, cluster)).toMatch(/\.$/);
  }
  expect(whyNot("auth-token", cluster)).toBeUndefined();
});

test("a Memcached cluster has few actions, and two that no other cache has", () => {
  const cluster: Cache = { ...GROUP, form: "cache-cluster", engine: "memcached", nodeCount: 3, shardCount: 0 };
  const all: ActionId[] = ["modify", "add-nodes", "remove-nodes", "add-replicas", "failover", "auth-token", "reboot"];

  expect(all.filter((action) => isOffered(action, cluster))).toEqual(["modify", "add-nodes", "remove-nodes", "reboot"]);
  expect(all.filter((action) => isOffered(action, GROUP))).not.toContain("add-nodes");
  expect(whyNot("remove-nodes", cluster)).toBeUndefined();
  expect(whyNot("remove-nodes", { ...cluster, nodeCount: 1 })).toBe("It is the only node.");
  expect(whyNot("add-nodes", { ...cluster, nodeCount: 60 })).toMatch(/60 nodes at most/);
  expect(whyNot("add-nodes", { ...cluster, status: "modifying" })).toMatch(/modifying/);
});
