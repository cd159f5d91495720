import { expect, test } from "vitest";
import type { Cache } from "../caches";
import { filteredPath, fromSearch, isMatch, pageCountOf, pageThatIs, type Query, sorted, toSearch } from "./cacheQuery";

function cache(id: string, more: Partial<Cache> = {}): Cache {
  return {
    form: "replication-group",
    id,
    arn: `arn:aws:elasticache:us-east-1:000000000000:replicationgroup:${id}`,
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
    memberIds: [],
    ...more,
  };
}

const query = (...tokens: Query["tokens"]): Query => ({ tokens, operation: "and" });

test("a filter without a word matches all", () => {
  expect(isMatch(cache("shop"), query())).toBe(true);
});

test("a property is matched as a whole by = and in part by :, whatever the case", () => {
  expect(isMatch(cache("shop"), query({ propertyKey: "name", operator: "=", value: "SHOP" }))).toBe(true);
  expect(isMatch(cache("shop"), query({ propertyKey: "name", operator: "=", value: "sho" }))).toBe(false);
  expect(isMatch(cache("shop"), query({ propertyKey: "name", operator: ":", value: "ho" }))).toBe(true);
  expect(isMatch(cache("shop"), query({ propertyKey: "status", operator: "!=", value: "available" }))).toBe(false);
  expect(isMatch(cache("shop"), query({ propertyKey: "name", operator: "!:", value: "ho" }))).toBe(false);
});

test("a word alone is looked for everywhere, also in the description", () => {
  const orders = cache("a", { description: "Orders of the shop" });
  expect(isMatch(orders, query({ operator: ":", value: "orders" }))).toBe(true);
  expect(isMatch(orders, query({ operator: ":", value: "sessions" }))).toBe(false);
  expect(isMatch(orders, query({ operator: "!:", value: "orders" }))).toBe(false);
});

test("a word alone is also looked for as the list shows it", () => {
  const isFound = (text: string) => isMatch(cache("shop", { engine: "redis" }), query({ operator: ":", value: text }));
  expect(isFound("Redis OSS")).toBe(true);
  expect(isFound("Valkey")).toBe(false);
});

test("all words have to match, or any of them", () => {
  const tokens: Query["tokens"] = [
    { propertyKey: "engine", operator: "=", value: "redis" },
    { propertyKey: "status", operator: "=", value: "available" },
  ];
  expect(isMatch(cache("a"), { tokens, operation: "and" })).toBe(false);
  expect(isMatch(cache("a"), { tokens, operation: "or" })).toBe(true);
});

test("node types are ordered by their memory, and who is alike by name", () => {
  const memory: Record<string, number> = { "cache.t3.micro": 1, "cache.r7g.large": 10, "cache.m7g.large": 5 };
  const caches = [
    cache("c", { nodeType: "cache.r7g.large" }),
    cache("b", { nodeType: "cache.t3.micro" }),
    cache("a", { nodeType: "cache.t3.micro" }),
    cache("d", { nodeType: "cache.m7g.large" }),
  ];
  const order = { columnId: "nodeType", isDescending: false };
  expect(sorted(caches, order, ({ nodeType }) => memory[nodeType] ?? 0).map(({ id }) => id)).toEqual([
    "a",
    "b",
    "d",
    "c",
  ]);
});

test("numbers are ordered as numbers, the greatest first where asked so", () => {
  const caches = [cache("a", { nodeCount: 2 }), cache("b", { nodeCount: 10 }), cache("c", { nodeCount: 1 })];
  const order = { columnId: "nodes", isDescending: true };
  expect(sorted(caches, order, () => 0).map(({ id }) => id)).toEqual(["b", "a", "c"]);
});

test("even an empty list has a page", () => {
  expect(pageCountOf(0, 20)).toBe(1);
  expect(pageCountOf(20, 20)).toBe(1);
  expect(pageCountOf(21, 20)).toBe(2);
});

test("when the last cache of the last page goes, the page before it is shown", () => {
  expect(pageThatIs(2, 21, 20)).toBe(2);
  expect(pageThatIs(2, 20, 20)).toBe(1);
  expect(pageThatIs(3, 0, 20)).toBe(1);
});

test("a filter comes back from its address as it went into it", () => {
  const filter: Query = {
    tokens: [
      { propertyKey: "engine", operator: "=", value: "valkey" },
      { propertyKey: "name", operator: "!:", value: "test & co" },
      { propertyKey: "status", operator: "=", value: ":odd" },
      { propertyKey: undefined, operator: ":", value: "shop" },
    ],
    operation: "or",
  };
  expect(fromSearch(new URLSearchParams(toSearch(filter).toString()))).toEqual(filter);
});

test("an engine in the address is a filter, and what is no property of ours is none", () => {
  expect(fromSearch(new URLSearchParams("engine=redis&tab=nodes&name="))).toEqual(
    query({ propertyKey: "engine", operator: "=", value: "redis" }),
  );
});

test("a link leads to the list with its filter", () => {
  expect(filteredPath("status", "create-failed")).toBe("/caches?status=create-failed");
  expect(filteredPath("status", "available", "!=")).toBe("/caches?status=%21%3Davailable");
});
