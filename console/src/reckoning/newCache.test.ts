import type { CacheEngineVersion, CacheSubnetGroup } from "@aws-sdk/client-elasticache";
import { describe, expect, test } from "vitest";
import { BLANK, evenSlots, type NewCache, nodeCountOf, SLOT_COUNT, withEngine, zonesOf } from "./newCache";
import { completed } from "./newCacheCompleted";
import { MEMCACHED_PRESETS, PRESETS, presetInWords, withPreset } from "./newCachePresets";

const versions: CacheEngineVersion[] = [
  { Engine: "memcached", EngineVersion: "1.6.22", CacheParameterGroupFamily: "memcached1.6" },
  { Engine: "redis", EngineVersion: "7.0", CacheParameterGroupFamily: "redis7" },
  { Engine: "valkey", EngineVersion: "8.1", CacheParameterGroupFamily: "valkey8" },
  { Engine: "valkey", EngineVersion: "9.1", CacheParameterGroupFamily: "valkey9" },
];

const subnetGroups: CacheSubnetGroup[] = [
  { CacheSubnetGroupName: "default", Subnets: ["b", "a", "c", "a"].map((name) => subnet(`us-east-1${name}`)) },
  { CacheSubnetGroupName: "narrow", Subnets: [subnet("us-east-1a")] },
];

function subnet(zone: string) {
  return { SubnetAvailabilityZone: { Name: zone } };
}

function complete(patch: Partial<NewCache>): NewCache {
  return completed({ ...BLANK, method: "standard", ...patch }, { versions, subnetGroups });
}

describe("what holds of what was chosen", () => {
  test("the newest version is taken where none was chosen, and where the engine has not the one that was", () => {
    expect(complete({}).engineVersion).toBe("9.1");
    expect(complete({ engineVersion: "8.1" }).engineVersion).toBe("8.1");
    expect(complete({ engineVersion: "8.1", engine: "redis" }).engineVersion).toBe("7.0");
  });

  test("without a description, the name is the description", () => {
    expect(complete({ id: " shop ", description: "  " })).toMatchObject({ id: "shop", description: "shop" });
  });

  test("a name is as the API keeps it: in small letters", () => {
    expect(complete({ id: "My-Shop" })).toMatchObject({ id: "my-shop", description: "My-Shop" });
  });

  test("without a replica there is no failover and no Multi-AZ, and both come back with it", () => {
    const chosen: Partial<NewCache> = { hasAutomaticFailover: true, isMultiAz: true };

    expect(complete({ ...chosen, replicaCount: "0" })).toMatchObject({ hasAutomaticFailover: false, isMultiAz: false });
    expect(complete({ ...chosen, replicaCount: "1" })).toMatchObject({ hasAutomaticFailover: true, isMultiAz: true });
  });

  test("in cluster mode failover is on, also without a replica", () => {
    const cache = complete({ clusterMode: "enabled", replicaCount: "0", hasAutomaticFailover: false });

    expect(cache.hasAutomaticFailover).toBe(true);
  });

  test("there is no Multi-AZ where the subnet group has one zone", () => {
    expect(complete({ isMultiAz: true, subnetGroup: "narrow" }).isMultiAz).toBe(false);
  });

  test("several shards are for cluster mode alone, and are remembered without it", () => {
    expect(nodeCountOf(complete({ clusterMode: "enabled", shardCount: "4", replicaCount: "2" }))).toBe(12);
    expect(nodeCountOf(complete({ clusterMode: "disabled", shardCount: "4", replicaCount: "2" }))).toBe(3);
  });

  test("one node without replication has neither replicas nor users, and is made with everything said", () => {
    const cache = complete({ form: "cache-cluster", method: "easy", access: "users", encryption: "preferred" });

    expect(cache).toMatchObject({ method: "standard", replicaCount: "0", access: "open", encryption: "required" });
    expect(nodeCountOf(cache)).toBe(1);
  });

  test("zones that were not chosen put a primary and its replicas apart, and primaries too", () => {
    const { zones } = complete({ clusterMode: "enabled", shardCount: "2", replicaCount: "1" });

    expect(zones).toEqual([
      ["us-east-1a", "us-east-1b"],
      ["us-east-1b", "us-east-1c"],
    ]);
  });

  test("a zone that was chosen stays when shards are added", () => {
    const { zones } = complete({ clusterMode: "enabled", shardCount: "2", replicaCount: "0", zones: [["us-east-1c"]] });

    expect(zones).toEqual([["us-east-1c"], ["us-east-1b"]]);
  });

  test("a number of shards that is none yet is no reason to reckon", () => {
    expect(complete({ clusterMode: "enabled", shardCount: "" }).zones).toEqual([]);
    expect(nodeCountOf(complete({ clusterMode: "enabled", shardCount: "three" }))).toBe(0);
  });
});

describe("a Memcached cluster", () => {
  const memcached = (patch: Partial<NewCache>) => complete({ engine: "memcached", ...patch });

  test("has as many nodes as are said, and neither replicas nor users nor logs", () => {
    const chosen: Partial<NewCache> = {
      nodeCount: "4",
      replicaCount: "2",
      access: "users",
      hasAutomaticFailover: true,
    };

    expect(nodeCountOf(memcached(chosen))).toBe(4);
    expect(memcached(chosen)).toMatchObject({ form: "cache-cluster", access: "open", hasAutomaticFailover: false });
    expect(memcached(chosen).slowLog.isDelivered).toBe(false);
    expect(nodeCountOf(memcached({ nodeCount: "many" }))).toBe(0);
  });

  test("is spread over zones only where there are several of both", () => {
    expect(memcached({ nodeCount: "2" }).zonePlan).toBe("any");
    expect(memcached({ nodeCount: "1" }).zonePlan).toBe("one");
    expect(memcached({ nodeCount: "2", subnetGroup: "narrow" }).zonePlan).toBe("one");
  });

  test("has a zone for each node, and no preference for one that its subnet group has not", () => {
    expect(memcached({ nodeCount: "4" }).zones).toEqual([["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1a"]]);
    expect(memcached({ zonePlan: "one", zone: "us-east-1z" }).zone).toBe("");
  });

  test("is at its engine's port, and another engine again at its own", () => {
    const chosen = { ...BLANK, ...withEngine(BLANK, "memcached") };

    expect(chosen.port).toBe("11211");
    expect(withEngine(chosen, "redis").port).toBe("6379");
    expect(withEngine({ ...chosen, port: "7000" }, "redis").port).toBe("7000");
  });

  test("leaves what was chosen for a replication group as it was", () => {
    expect({ ...BLANK, replicaCount: "5", ...withEngine(BLANK, "memcached") }).toMatchObject({
      form: "replication-group",
      replicaCount: "5",
    });
  });
});

describe("presets", () => {
  test("of Memcached say how many nodes there are", () => {
    const chosen = withPreset({ ...BLANK, engine: "memcached", preset: "production", port: "1" });

    expect(chosen).toMatchObject({ engine: "memcached", port: "11211", ...MEMCACHED_PRESETS.production.choice });
    expect(presetInWords("production", "memcached")).toContain("3 nodes, spread over the zones");
  });

  test("say everything but the name, the network, the tags and the engine", () => {
    const draft: NewCache = { ...BLANK, method: "easy", id: "shop", subnetGroup: "narrow", authToken: "x", port: "1" };

    const chosen = withPreset({ ...draft, engine: "redis", preset: "production" });

    expect(chosen).toMatchObject({ engine: "redis", id: "shop", subnetGroup: "narrow", authToken: "", port: "6379" });
    expect(chosen).toMatchObject(PRESETS.production.choice);
  });

  test("tell in words how many nodes they make", () => {
    expect(presetInWords("production")).toContain("Cluster mode with 3 shards, 2 replicas each: 9 nodes");
    expect(presetInWords("demo")).toContain("One shard, 1 replica: 2 nodes");
  });
});

test("slots are spread so that every one has an owner and the first shards own one more", () => {
  expect(evenSlots(3)).toEqual(["0-5461", "5462-10922", "10923-16383"]);
  expect(evenSlots(1)).toEqual([`0-${SLOT_COUNT - 1}`]);
});

test("the zones of a subnet group are those of its subnets, each once", () => {
  expect(zonesOf("default", subnetGroups)).toEqual(["us-east-1a", "us-east-1b", "us-east-1c"]);
  expect(zonesOf("gone", subnetGroups)).toEqual([]);
});
