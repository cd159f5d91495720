import { expect, test } from "vitest";
import type { Cache } from "../caches";
import { fullestCaches, fullestQueries, fullNodes, overallQueries, pointsOf } from "./overallMetrics";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 12, minute));

function cache(id: string, ...memberIds: string[]): Cache {
  return {
    form: "replication-group",
    id,
    arn: "",
    description: "",
    status: "available",
    engine: "valkey",
    nodeType: "cache.t3.micro",
    clusterMode: "disabled",
    shardCount: 1,
    nodeCount: memberIds.length,
    isMultiAz: false,
    hasAutomaticFailover: false,
    encryption: "off",
    access: "open",
    memberIds,
  };
}

test("a line is told oldest first, also where it came in two pages", () => {
  const results = [
    { Id: "memory", Timestamps: [at(2), at(1)], Values: [20, 10] },
    { Id: "rate", Timestamps: [at(1)], Values: [99] },
    { Id: "memory", Timestamps: [at(0)], Values: [5] },
  ];
  expect(pointsOf(results, "memory").map(({ value }) => value)).toEqual([5, 10, 20]);
  expect(pointsOf(results, "hits")).toEqual([]);
});

test("a node is as full as its newest sample says", () => {
  const results = [{ Id: "fullest", Label: "shop-001", Timestamps: [at(1), at(3), at(2)], Values: [90, 40, 80] }];
  expect(fullNodes(results)).toEqual([{ nodeId: "shop-001", percent: 40 }]);
  expect(fullNodes([{ Id: "fullest", Label: "new-001", Timestamps: [], Values: [] }])).toEqual([]);
});

test("a cache is as full as its fullest node, and stands there once", () => {
  const nodes = [
    { nodeId: "shop-001", percent: 70 },
    { nodeId: "shop-002", percent: 71 },
    { nodeId: "users-001", percent: 90 },
    { nodeId: "gone-001", percent: 100 },
  ];
  const caches = [cache("shop", "shop-001", "shop-002"), cache("users", "users-001")];
  expect(fullestCaches(nodes, caches, 5).map((full) => [full.cache.id, full.percent])).toEqual([
    ["users", 90],
    ["shop", 71],
  ]);
  expect(fullestCaches(nodes, caches, 1).length).toBe(1);
});

test("hits and misses are asked for to be reckoned with, and not to be sent", () => {
  expect(
    overallQueries()
      .filter((query) => query.ReturnData !== false)
      .map((query) => query.Id),
  ).toEqual(["rate", "memory"]);
  expect(fullestQueries()[0]?.Label).toMatch(/PROP\('Dim.CacheClusterId'\)/);
});

test("every engine's own names are searched for, node by node", () => {
  const memory = overallQueries().find(({ Id }) => Id === "memory")?.Expression;

  expect(memory).toContain('MetricName=("BytesUsedForCache" OR "BytesUsedForCacheItems")');
  expect(memory).toContain("{AWS/ElastiCache,CacheClusterId,CacheNodeId}");
});
