import { describe, expect, test } from "vitest";
import { BLANK, type NewCache } from "./newCache";
import { memoryInWords, nodesInWords, reviewOf } from "./newCacheWords";

const GIB = 1024 ** 3;
const TYPES = [{ name: "cache.t4g.micro", memoryBytes: GIB / 2 }];
const CLUSTER: NewCache = { ...BLANK, clusterMode: "enabled", shardCount: "3", replicaCount: "2" };

function reviewed(cache: NewCache): Record<string, string> {
  const items = reviewOf(cache, TYPES, "valkey9").flatMap((section) => section.items);
  return Object.fromEntries(items.map(({ label, value }) => [label, value]));
}

test("nodes are counted with their roles", () => {
  expect(nodesInWords(CLUSTER)).toBe("9 nodes: 3 shards, each a primary and 2 replicas");
  expect(nodesInWords({ ...BLANK, shardCount: "1" })).toBe("2 nodes: a primary and 1 replica");
});

test("memory is told in all, and without the copies", () => {
  expect(memoryInWords(CLUSTER, TYPES)).toMatch(/^4\.5 GiB in all; 1\.5 GiB of it holds different keys/);
  expect(memoryInWords({ ...BLANK, shardCount: "1", replicaCount: "0" }, TYPES)).toBe("512 MiB in all");
  expect(memoryInWords(CLUSTER, [])).toBeUndefined();
});

describe("the review", () => {
  test("names the parameter group that is taken where none was chosen", () => {
    expect(reviewed(CLUSTER)["Parameter group"]).toBe("default.valkey9.cluster.on");
    expect(reviewed({ ...CLUSTER, parameterGroup: "mine" })["Parameter group"]).toBe("mine");
  });

  test("never has the AUTH token in it", () => {
    const cache: NewCache = { ...BLANK, access: "token", authToken: "a-token-of-this-test" };

    expect(JSON.stringify(reviewOf(cache, TYPES, "valkey9"))).not.toContain("a-token-of-this-test");
  });

  test("says nothing of a group where there is one node without replication", () => {
    const labels = Object.keys(reviewed({ ...BLANK, form: "cache-cluster" }));

    expect(labels).not.toContain("Automatic failover");
    expect(labels).not.toContain("Cluster mode");
  });

  test("leads to the step in which each choice is changed", () => {
    const steps = (cache: NewCache) => reviewOf(cache, TYPES, "valkey9").map(({ step }) => step);

    expect(steps({ ...BLANK, method: "standard" })).toEqual(["engine", "settings", "advanced", "advanced"]);
    expect(steps({ ...BLANK, method: "easy" })).toEqual(["engine", "settings", "settings", "settings"]);
  });
});
