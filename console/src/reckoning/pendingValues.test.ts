import type { CacheCluster, ReplicationGroup } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { cacheOfCluster, cacheOfGroup } from "../caches";
import { isAnyWaiting, pendingOf, pendingValues, takingBack } from "./pendingValues";

function subject(group: ReplicationGroup, cluster: CacheCluster = {}) {
  return { cache: cacheOfGroup(group), group, cluster };
}

test("where nothing was asked for nothing is pending", () => {
  expect(pendingValues(subject({ Status: "available", PendingModifiedValues: {} }))).toEqual([]);
});

test("a version that was asked for waits while the cache is available; while it is modified it may be what is done", () => {
  const cluster = { PendingModifiedValues: { EngineVersion: "9.1.2" } };

  expect(pendingValues(subject({ Status: "available" }, cluster))).toEqual([
    { what: "Engine version", to: "9.1.2", when: "in the maintenance window" },
  ]);
  const amid = pendingValues(subject({ Status: "modifying" }, cluster));
  expect(amid[0]?.when).toBe("under way, or in the maintenance window");
  expect([isAnyWaiting(amid), isAnyWaiting(pendingValues(subject({ Status: "available" }, cluster)))]).toEqual([
    false,
    true,
  ]);
});

test("what is under way is told in words", () => {
  const PendingModifiedValues = {
    ClusterMode: "compatible",
    TransitEncryptionEnabled: false,
    Resharding: { SlotMigration: { ProgressPercentage: 41.7 } },
    AuthTokenStatus: "ROTATING",
    UserGroups: { UserGroupIdsToAdd: [], UserGroupIdsToRemove: ["shop"] },
  } as const;
  const group = { Status: "modifying", PendingModifiedValues } as unknown as ReplicationGroup;

  expect(pendingOf(subject(group))).toEqual([
    "AUTH token: a new one, beside the one there was",
    "Cluster mode: compatible",
    "Encryption in transit: off",
    "Slots: 41 % of those that are to move have moved",
    "User group: none",
  ]);
});

test("to take back what waits is to ask for what there is", () => {
  const { cache, group, cluster } = subject({ Engine: "valkey", CacheNodeType: "cache.t3.micro" });

  expect(takingBack({ cache, group, cluster }, "8.0")).toEqual({
    ApplyImmediately: false,
    Engine: "valkey",
    EngineVersion: "8.0",
    CacheNodeType: "cache.t3.micro",
  });
});

test("a Memcached cluster's number of nodes may wait, with those that go; and is taken back by what it has now", () => {
  const cluster: CacheCluster = {
    CacheClusterId: "sessions",
    CacheClusterStatus: "available",
    Engine: "memcached",
    CacheNodeType: "cache.t4g.micro",
    NumCacheNodes: 3,
    PendingModifiedValues: { NumCacheNodes: 2, CacheNodeIdsToRemove: ["0002"] },
  };
  const sessions = { cache: cacheOfCluster(cluster), cluster };

  expect(pendingOf(sessions)).toEqual(["Nodes: 2 nodes, without 0002"]);
  expect(isAnyWaiting(pendingValues(sessions))).toBe(true);
  expect(takingBack(sessions, "1.6.22")).toEqual({
    ApplyImmediately: false,
    EngineVersion: "1.6.22",
    CacheNodeType: "cache.t4g.micro",
    NumCacheNodes: 3,
  });
});
