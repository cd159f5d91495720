import { describe, expect, test } from "vitest";
import { cacheOfCluster, cacheOfGroup, isSettled, nodesOf, pathOf } from "./caches";

describe("a replication group is one cache", () => {
  test("its shards and nodes are counted", () => {
    const cache = cacheOfGroup({
      ReplicationGroupId: "shop",
      ClusterMode: "enabled",
      NodeGroups: [{ NodeGroupId: "0001" }, { NodeGroupId: "0002" }],
      MemberClusters: ["shop-0001-001", "shop-0001-002", "shop-0002-001"],
    });

    expect(cache).toMatchObject({ form: "replication-group", id: "shop", shardCount: 2, nodeCount: 3 });
    expect(cache.clusterMode).toBe("enabled");
    expect(cache.memberIds).toEqual(["shop-0001-001", "shop-0001-002", "shop-0002-001"]);
  });

  test("failover that is being enabled is failover, and one that is being disabled is not", () => {
    expect(cacheOfGroup({ AutomaticFailover: "enabling" }).hasAutomaticFailover).toBe(true);
    expect(cacheOfGroup({ AutomaticFailover: "disabling" }).hasAutomaticFailover).toBe(false);
  });

  test("its engine's version is unknown, for AWS tells it of each node alone", () => {
    expect(cacheOfGroup({ Engine: "valkey" }).engineVersion).toBeUndefined();
  });

  test("users are told before a token, and who asks for neither is open", () => {
    expect(cacheOfGroup({ UserGroupIds: ["shop"], AuthTokenEnabled: true }).access).toBe("users");
    expect(cacheOfGroup({ UserGroupIds: [], AuthTokenEnabled: true }).access).toBe("AUTH token");
    expect(cacheOfGroup({}).access).toBe("open");
  });

  test("encryption in transit is required unless it is only preferred", () => {
    const encryption = (mode: "preferred" | "required" | undefined, isEnabled: boolean) =>
      cacheOfGroup({ TransitEncryptionEnabled: isEnabled, TransitEncryptionMode: mode }).encryption;

    expect(encryption(undefined, true)).toBe("required");
    expect(encryption("required", true)).toBe("required");
    expect(encryption("preferred", true)).toBe("preferred");
    expect(encryption("preferred", false)).toBe("off");
  });

  test("what AWS leaves out is empty, not undefined on a page", () => {
    expect(cacheOfGroup({})).toMatchObject({ id: "", description: "", status: "", nodeCount: 0, memberIds: [] });
  });
});

test("a cache cluster on its own is a cache with its nodes, and without shards", () => {
  const cache = cacheOfCluster({ CacheClusterId: "lone", EngineVersion: "8.0.1", NumCacheNodes: 1 });

  expect(cache).toMatchObject({
    form: "cache-cluster",
    id: "lone",
    engineVersion: "8.0.1",
    nodeCount: 1,
    shardCount: 0,
  });
  expect(cache.memberIds).toEqual(["lone"]);
});

test("each form has pages of its own", () => {
  expect(pathOf({ form: "replication-group", id: "shop" }, "nodes")).toBe("/replication-groups/shop?tab=nodes");
  expect(pathOf({ form: "cache-cluster", id: "a/b" })).toBe("/cache-clusters/a%2Fb");
});

test("a cache is settled when nothing is under way, also where that is a failure", () => {
  for (const status of ["available", "create-failed", "incompatible-network", undefined]) {
    expect(isSettled(status), status).toBe(true);
  }
  for (const status of ["creating", "modifying", "deleting", "snapshotting"])
    expect(isSettled(status), status).toBe(false);
});

test("a Memcached cluster is one cache with several nodes, each named by its number", () => {
  const cache = cacheOfCluster({
    CacheClusterId: "sessions",
    Engine: "memcached",
    NumCacheNodes: 2,
    CacheNodes: [{ CacheNodeId: "0001" }, { CacheNodeId: "0003" }],
  });

  expect(cache).toMatchObject({ nodeCount: 2, memberIds: ["sessions"], cacheNodeIds: ["0001", "0003"] });
  expect(nodesOf(cache)[1]).toEqual({ name: "0003", clusterId: "sessions", nodeId: "0003" });
});

test("a node of another engine is a cache cluster of its own, and its only node", () => {
  expect(nodesOf(cacheOfGroup({ Engine: "valkey", MemberClusters: ["shop-001"] }))).toEqual([
    { name: "shop-001", clusterId: "shop-001", nodeId: "0001" },
  ]);
});
