import type { SourceType } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { pathOfSource } from "./eventSources";

const CLUSTERS = [{ CacheClusterId: "shop-001", ReplicationGroupId: "shop" }, { CacheClusterId: "alone" }];
const GROUPS = [{ CacheParameterGroupName: "tuned" }];
const path = (SourceType: SourceType, SourceIdentifier: string) =>
  pathOfSource({ SourceType, SourceIdentifier }, CLUSTERS, GROUPS);

test("a cache that is there has a page, and a node that of its cache", () => {
  expect(path("replication-group", "shop")).toBe("/replication-groups/shop");
  expect(path("cache-cluster", "shop-001")).toBe("/replication-groups/shop");
  expect(path("cache-cluster", "alone")).toBe("/cache-clusters/alone");
});

test("what is gone has none", () => {
  expect(path("replication-group", "gone")).toBeUndefined();
  expect(path("cache-cluster", "shop-009")).toBeUndefined();
  expect(path("cache-parameter-group", "gone")).toBeUndefined();
});

test("nothing is linked before it is known to be there", () => {
  expect(pathOfSource({ SourceType: "replication-group", SourceIdentifier: "shop" }, undefined)).toBeUndefined();
  expect(pathOfSource({ SourceType: "cache-parameter-group", SourceIdentifier: "tuned" }, CLUSTERS)).toBeUndefined();
});

test("parameter groups and users have their pages", () => {
  expect(path("cache-parameter-group", "tuned")).toBe("/parameter-groups/tuned");
  expect(path("user", "anna")).toBe("/users");
  expect(path("user-group", "readers")).toBe("/user-groups");
  expect(path("cache-security-group", "old")).toBeUndefined();
});
