import { describe, expect, it } from "vitest";
import type { Cache, Subject } from "../caches";
import { FIRST_CHARTS, type KnownMetric, knownMetric, knownMetrics, METRICS, MORE_CHARTS } from "./metricCatalog";
import {
  askedLines,
  LINES_MAX,
  lineSubjects,
  linesOf,
  metricsOf,
  QUERIES_MAX,
  queriesFor,
  shardIdsOf,
} from "./metricQueries";

const SUBJECT: Subject = {
  cache: { id: "wide", memberIds: ["wide-0001-001", "wide-0002-001"] } as Cache,
  group: { NodeGroups: [{ NodeGroupId: "0001" }, { NodeGroupId: "0002" }] },
};

const ALL = { nodeIds: SUBJECT.cache.memberIds, shardIds: shardIdsOf(SUBJECT) };

describe("the lines of a chart", () => {
  it("are the chosen nodes, by the dimensions that every metric has", () => {
    expect(lineSubjects(SUBJECT, "nodes", { nodeIds: ["wide-0002-001"], shardIds: [] })).toEqual([
      {
        name: "wide-0002-001",
        dimensions: [
          { Name: "CacheClusterId", Value: "wide-0002-001" },
          { Name: "CacheNodeId", Value: "0001" },
        ],
      },
    ]);
  });

  it("are all that there are where nobody chose, also those that came later, as far as there are colours", () => {
    const names = (ids: string[]) =>
      lineSubjects({ cache: { id: "wide", memberIds: ids } as Cache }, "nodes", {}).map((line) => line.name);
    expect(names([])).toEqual([]);
    expect(names(["wide-001", "wide-002"])).toEqual(["wide-001", "wide-002"]);
    expect(names(Array.from({ length: 40 }, (_, index) => `wide-${index}`))).toHaveLength(LINES_MAX);
    expect(lineSubjects(SUBJECT, "shard", {}).map((line) => line.name)).toEqual(["Shard 0001", "Shard 0002"]);
  });

  it("are shards, roles or the whole group where that is asked", () => {
    expect(lineSubjects(SUBJECT, "shard", ALL).map((line) => line.name)).toEqual(["Shard 0001", "Shard 0002"]);
    expect(lineSubjects(SUBJECT, "role", ALL).map((line) => line.dimensions[1]?.Value)).toEqual(["Primary", "Replica"]);
    expect(lineSubjects(SUBJECT, "group", ALL)[0]?.dimensions).toEqual([{ Name: "ReplicationGroupId", Value: "wide" }]);
  });

  it("are together only where AWS has the metric so", () => {
    expect(metricsOf(METRICS, "role").map((metric) => metric.name)).toEqual(["EngineCPUUtilization"]);
    expect(metricsOf(METRICS, "nodes")).toHaveLength(METRICS.length);
  });

  it("come from the answers that have their names", () => {
    const asked = askedLines(knownMetrics(["Evictions", "CurrItems"]), lineSubjects(SUBJECT, "shard", ALL), undefined);
    const points = [{ at: new Date(0), value: 7 }];
    const [first, second] = linesOf(asked[2]?.metric as never, asked, new Map([["m1_1", points]]));
    expect(first).toEqual({ name: "Shard 0001", points: [] });
    expect(second).toEqual({ name: "Shard 0002", points });
  });
});

describe("the queries", () => {
  it("have the usual statistic of each metric, or the chosen one for all", () => {
    const metrics = knownMetrics(["Evictions", "CurrItems"]);
    const subjects = lineSubjects(SUBJECT, "group", ALL);
    const statistics = (chosen?: string) =>
      queriesFor(askedLines(metrics, subjects, chosen), 60)[0]?.map((query) => query.MetricStat?.Stat);
    expect(statistics()).toEqual(["Sum", "Average"]);
    expect(statistics("p99")).toEqual(["p99", "p99"]);
  });

  it("ask for what is measured once a minute by the minute, beside others by the second", () => {
    const asked = askedLines(
      knownMetrics(["SuccessfulReadRequestLatency", "CurrItems"]),
      lineSubjects(SUBJECT, "group", ALL),
      undefined,
    );
    const periods = (seconds: number) => queriesFor(asked, seconds)[0]?.map((query) => query.MetricStat?.Period);
    expect(periods(5)).toEqual([60, 5]);
    expect(periods(300)).toEqual([300, 300]);
  });

  it("are split where one call cannot hold them, and none is lost", () => {
    const nodes = Array.from({ length: 90 }, (_, index) => `wide-${index}`);
    const asked = askedLines(
      knownMetrics(FIRST_CHARTS),
      lineSubjects(SUBJECT, "nodes", { nodeIds: nodes, shardIds: [] }),
      undefined,
    );
    const calls = queriesFor(asked, 60);
    expect(calls.map((call) => call.length)).toEqual([QUERIES_MAX, 400]);
    expect(new Set(calls.flat().map((query) => query.Id)).size).toBe(900);
  });
});

describe("the catalogue", () => {
  it("knows every metric that a chart is of", () => {
    for (const name of [...FIRST_CHARTS, ...MORE_CHARTS]) expect(knownMetric(name)?.name).toBe(name);
  });
});

describe("a Memcached cluster", () => {
  const cache = {
    id: "sessions",
    engine: "memcached",
    memberIds: ["sessions"],
    cacheNodeIds: ["0001", "0003"],
  } as Cache;
  const hitRate = knownMetric("GetHitRate", "memcached") as KnownMetric;

  it("has lines of its nodes by their numbers, and one of all of them", () => {
    expect(lineSubjects({ cache }, "nodes", {})[1]).toEqual({
      name: "0003",
      dimensions: [
        { Name: "CacheClusterId", Value: "sessions" },
        { Name: "CacheNodeId", Value: "0003" },
      ],
    });
    expect(lineSubjects({ cache }, "group", {})[0]?.dimensions).toEqual([
      { Name: "CacheClusterId", Value: "sessions" },
    ]);
  });

  it("has titles of its own for what other engines have, too", () => {
    expect(knownMetric("CurrItems", "memcached")?.title).toBe("Items");
    expect(knownMetric("CurrItems", "valkey")?.title).toBe("Keys");
    expect(knownMetric("GetMisses", "valkey")?.title).toBe("Misses");
  });

  it("has its hit rate reckoned of what is measured, which comes along and is not sent", () => {
    const [queries] = queriesFor(askedLines([hitRate], lineSubjects({ cache }, "nodes", {}), undefined), 60);

    expect(queries?.map(({ Id, ReturnData }) => [Id, ReturnData])).toEqual([
      ["m0_0_hits", false],
      ["m0_0_misses", false],
      ["m0_0", undefined],
      ["m0_1_hits", false],
      ["m0_1_misses", false],
      ["m0_1", undefined],
    ]);
    expect(queries?.[5]?.Expression).toBe("100 * m0_1_hits / (m0_1_hits + m0_1_misses)");
    expect(queries?.[0]?.MetricStat).toMatchObject({ Stat: "Sum", Metric: { MetricName: "GetHits" } });
  });

  it("keeps what is reckoned in the call of what it is reckoned of", () => {
    const nodes = Array.from({ length: 400 }, (_, index) => String(index));
    const calls = queriesFor(
      askedLines([hitRate], lineSubjects({ cache }, "nodes", { nodeIds: nodes }), undefined),
      60,
    );

    expect(calls.map((call) => call.length)).toEqual([498, 498, 204]);
    expect(calls.every((call) => call.at(-1)?.Expression !== undefined)).toBe(true);
  });
});
