import { expect, test } from "vitest";
import type { Cache } from "../caches";
import { cachesByNode, countedBy, notAvailable } from "./cacheCounts";

function cache(id: string, status: string, createdAt = 0, memberIds: string[] = []): Cache {
  return {
    form: "replication-group",
    id,
    arn: "",
    description: "",
    status,
    engine: id.startsWith("r") ? "redis" : "valkey",
    nodeType: "cache.t3.micro",
    clusterMode: "disabled",
    shardCount: 1,
    nodeCount: memberIds.length,
    isMultiAz: false,
    hasAutomaticFailover: false,
    encryption: "off",
    access: "open",
    createdAt: new Date(createdAt),
    memberIds,
  };
}

test("the greatest count comes first, and equal ones by name", () => {
  const caches = [cache("a", "modifying"), cache("b", "available"), cache("c", "creating"), cache("d", "available")];
  expect(countedBy(caches, ({ status }) => status)).toEqual([
    { value: "available", count: 2 },
    { value: "creating", count: 1 },
    { value: "modifying", count: 1 },
  ]);
  expect(countedBy([], ({ engine }) => engine)).toEqual([]);
});

test("of those that are not available the failed ones come first, then who has waited longest", () => {
  const caches = [
    cache("young", "creating", 3000),
    cache("fine", "available", 0),
    cache("old", "modifying", 1000),
    cache("failed", "create-failed", 2000),
    cache("failed-later", "restore-failed", 4000),
  ];
  expect(notAvailable(caches).map(({ id }) => id)).toEqual(["failed", "failed-later", "old", "young"]);
});

test("a node is found in its cache", () => {
  const caches = cachesByNode([cache("shop", "available", 0, ["shop-001", "shop-002"])]);
  expect(caches.get("shop-002")?.id).toBe("shop");
  expect(caches.get("gone-001")).toBeUndefined();
});
