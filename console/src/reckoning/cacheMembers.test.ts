import type { CacheCluster } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { cacheOf, cachesBy, stayingMember } from "./cacheMembers";

const node = (id: string, groupId: string | undefined, subnetGroup?: string): CacheCluster => ({
  CacheClusterId: id,
  ReplicationGroupId: groupId,
  CacheSubnetGroupName: subnetGroup,
});

test("a node belongs to its replication group, and one on its own to itself", () => {
  expect(cacheOf(node("shop-001", "shop"))).toEqual({ form: "replication-group", id: "shop" });
  expect(cacheOf(node("alone", undefined))).toEqual({ form: "cache-cluster", id: "alone" });
});

test("a cache is named once, however many of its nodes use the group", () => {
  const clusters = [
    node("shop-001", "shop", "inner"),
    node("shop-002", "shop", "inner"),
    node("alone", undefined, "inner"),
    node("other", undefined, "outer"),
    node("nowhere", undefined),
  ];
  const found = cachesBy(clusters, (cluster) => cluster.CacheSubnetGroupName);
  expect([...found.keys()]).toEqual(["inner", "outer"]);
  expect(found.get("inner")?.map(({ id }) => id)).toEqual(["alone", "shop"]);
});

test("a group and a cache cluster of one name are two caches", () => {
  const clusters = [node("shop-001", "shop", "inner"), node("shop", undefined, "inner")];
  expect(cachesBy(clusters, (cluster) => cluster.CacheSubnetGroupName).get("inner")).toHaveLength(2);
});

test("who is about to leave is not asked for what all have in common", () => {
  const node = { NodeGroupId: "0001", Health: "ready", Zone: "a", Address: "127.0.0.1", Port: 6379 };
  const explanation = {
    Nodes: [
      { ...node, NodeId: "shop-001", IsLeaving: true },
      { ...node, NodeId: "shop-002" },
    ],
  };

  expect(stayingMember(["shop-001", "shop-002"], explanation)).toBe("shop-002");
  expect(stayingMember(["shop-001", "shop-002"], undefined)).toBe("shop-001");
  expect(stayingMember(["shop-001"], explanation)).toBe("shop-001");
  expect(stayingMember(undefined, explanation)).toBeUndefined();
});
