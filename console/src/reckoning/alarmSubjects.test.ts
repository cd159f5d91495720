import { describe, expect, it } from "vitest";
import type { Cache } from "../caches";
import { alarmSubjects, dimensionsKey, engineWatched, subjectOf } from "./alarmSubjects";
import { type KnownMetric, knownMetric } from "./metricCatalog";

const metric = (name: string) => knownMetric(name) as KnownMetric;
const wide = {
  form: "replication-group",
  id: "wide",
  memberIds: ["wide-0001-001", "wide-0002-001", "wide-0002-002"],
} as Cache;
const single = { form: "cache-cluster", id: "single", memberIds: ["single"] } as Cache;
const labels = (name: string, cache: Cache) =>
  alarmSubjects([cache], metric(name))[0]?.subjects.map((one) => one.label);

describe("whose metric can be watched", () => {
  it("is each node's, and what AWS has of several together", () => {
    expect(labels("EngineCPUUtilization", wide)).toEqual([
      "wide-0001-001",
      "wide-0002-001",
      "wide-0002-002",
      "all nodes of wide",
      "primaries of wide",
      "replicas of wide",
      "shard 0001 of wide",
      "shard 0002 of wide",
    ]);
    expect(labels("Evictions", wide)).toEqual(wide.memberIds);
    expect(labels("EngineCPUUtilization", single)).toEqual(["single"]);
  });

  it("is one shard's where there is no cluster mode", () => {
    const orders = { form: "replication-group", id: "orders", memberIds: ["orders-001"] } as Cache;
    expect(labels("DatabaseMemoryUsageCountedForEvictPercentage", orders)).toContain("shard 0001 of orders");
  });

  it("is of a Memcached cluster all nodes' or one's, and only what Memcached has", () => {
    const sessions = {
      form: "cache-cluster",
      engine: "memcached",
      id: "sessions",
      memberIds: ["sessions"],
      cacheNodeIds: ["0001", "0002"],
    } as Cache;

    expect(labels("Evictions", sessions)).toEqual([
      "all nodes of sessions",
      "node 0001 of sessions",
      "node 0002 of sessions",
    ]);
    expect(labels("EngineCPUUtilization", sessions)).toBeUndefined();
    expect(labels("GetMisses", wide)).toBeUndefined();
    expect(engineWatched([{ Name: "CacheClusterId", Value: "sessions" }], [wide, sessions])).toBe("memcached");
  });

  it("is found again in whichever order its dimensions are", () => {
    const dimensions = [
      { Name: "CacheNodeId", Value: "0001" },
      { Name: "CacheClusterId", Value: "single" },
    ];
    expect(dimensionsKey(dimensions)).toBe(alarmSubjects([single], metric("Evictions"))[0]?.subjects[0]?.key);
    expect(subjectOf(dimensions).label).toBe("single");
  });
});
