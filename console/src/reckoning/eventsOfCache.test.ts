import { expect, test } from "vitest";
import { cacheOfCluster, cacheOfGroup } from "../caches";
import { isOfCache } from "./eventsOfCache";

const GROUP = cacheOfGroup({ ReplicationGroupId: "shop", MemberClusters: ["shop-001", "adopted"] });
const ALONE = cacheOfCluster({ CacheClusterId: "shop" });

function ofNode(id: string) {
  return { SourceType: "cache-cluster", SourceIdentifier: id } as const;
}

test("a group has its own events and those of its nodes", () => {
  expect(isOfCache(GROUP, { SourceType: "replication-group", SourceIdentifier: "shop" })).toBe(true);
  expect(isOfCache(GROUP, ofNode("shop-001"))).toBe(true);
  expect(isOfCache(GROUP, ofNode("adopted"))).toBe(true);
});

test("a node that has left is known by its name", () => {
  expect(isOfCache(GROUP, ofNode("shop-005"))).toBe(true);
  expect(isOfCache(GROUP, ofNode("shop-0002-001"))).toBe(true);
});

test("another cache whose name begins likewise is another cache", () => {
  expect(isOfCache(GROUP, ofNode("shop-two-001"))).toBe(false);
  expect(isOfCache(GROUP, { SourceType: "replication-group", SourceIdentifier: "shop-001" })).toBe(false);
  expect(isOfCache(GROUP, { SourceType: "user", SourceIdentifier: "shop" })).toBe(false);
});

test("a cache cluster on its own has its own events alone", () => {
  expect(isOfCache(ALONE, ofNode("shop"))).toBe(true);
  expect(isOfCache(ALONE, ofNode("shop-001"))).toBe(false);
  expect(isOfCache(ALONE, { SourceType: "replication-group", SourceIdentifier: "shop" })).toBe(false);
});
