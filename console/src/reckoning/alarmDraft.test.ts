import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import {
  type AlarmDraft,
  draftOf,
  inputOf,
  newDraft,
  problemsOf,
  thresholdUnits,
  withDimensions,
  withMetric,
} from "./alarmDraft";
import { type KnownMetric, knownMetric } from "./metricCatalog";
import { onlyNodeSubject } from "./metricQueries";

const metric = (name: string) => knownMetric(name) as KnownMetric;
const draft: AlarmDraft = { ...newDraft(metric("CacheHitRate"), onlyNodeSubject("orders-001")), threshold: "80" };

describe("another metric", () => {
  const watching = (...dimensions: [string, string][]) => ({
    ...newDraft(metric("EngineCPUUtilization"), undefined),
    dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
  });

  it("keeps the node", () => {
    expect(withMetric(draft, metric("Evictions")).dimensions).toEqual(draft.dimensions);
  });

  it("keeps nodes together where it is told of them, too", () => {
    const evicted = metric("DatabaseMemoryUsageCountedForEvictPercentage");
    const [all, shard, role] = [
      watching(["ReplicationGroupId", "wide"]),
      watching(["ReplicationGroupId", "wide"], ["NodeGroupId", "0002"]),
      watching(["ReplicationGroupId", "wide"], ["Role", "Primary"]),
    ];
    expect(withMetric(all, evicted).dimensions).toEqual(all.dimensions);
    expect(withMetric(shard, evicted).dimensions).toEqual(shard.dimensions);
    expect(withMetric(role, evicted).dimensions).toEqual([]);
    expect(withMetric(all, metric("Evictions")).dimensions).toEqual([]);
  });
});

describe("a new alarm", () => {
  it("has a name, and goes off on the bad side of its metric", () => {
    expect(draft.name).toBe("orders-001-hit-rate");
    expect(draft.comparison).toBe("LessThanThreshold");
    expect(newDraft(metric("Evictions"), undefined).comparison).toBe("GreaterThanThreshold");
    expect(problemsOf(draft)).toEqual({});
  });

  it("is not ready without a number, or without whose metric it is", () => {
    const problems = problemsOf(newDraft(metric("Evictions"), undefined));
    expect(Object.keys(problems).sort()).toEqual(["dimensions", "name", "threshold"]);
  });

  it("is refused for what AWS refuses", () => {
    expect(problemsOf({ ...draft, name: "größe" }).name).toMatch(/ASCII/);
    expect(problemsOf({ ...draft, datapointsToAlarm: "6" }).datapointsToAlarm).toMatch(/Not more/);
    expect(problemsOf({ ...draft, evaluationPeriods: "0" }).evaluationPeriods).toMatch(/whole number/);
    expect(problemsOf({ ...draft, evaluationPeriods: "1441" }).evaluationPeriods).toMatch(/a day/);
    expect(problemsOf({ ...draft, evaluationPeriods: "168", periodSeconds: 3600 }).evaluationPeriods).toBeUndefined();
    expect(problemsOf({ ...draft, evaluationPeriods: "169", periodSeconds: 3600 }).evaluationPeriods).toMatch(/a week/);
    expect(problemsOf({ ...draft, threshold: "much" }).threshold).toBeDefined();
  });
});

describe("a change of what is watched", () => {
  it("renames it as long as nobody has named it", () => {
    const other = withMetric(draft, metric("Evictions"));
    expect(other).toMatchObject({ name: "orders-001-evictions", statistic: "Sum", threshold: "" });
    expect(withDimensions(other, [{ Name: "CacheClusterId", Value: "orders-002" }]).name).toBe("orders-002-evictions");
    expect(withMetric({ ...draft, name: "mine" }, metric("Evictions")).name).toBe("mine");
  });

  it("asks anew whose it is where the other metric is not told of that", () => {
    const ofGroup = { ...draft, dimensions: [{ Name: "ReplicationGroupId", Value: "wide" }] };
    expect(withMetric(ofGroup, metric("Evictions")).dimensions).toEqual([]);
  });

  it("looks no finer than the metric is measured", () => {
    const fine = { ...draft, periodSeconds: 10 };
    expect(withMetric(fine, metric("SuccessfulReadRequestLatency")).periodSeconds).toBe(60);
    expect(withMetric(fine, metric("Evictions")).periodSeconds).toBe(10);
  });
});

describe("the call", () => {
  it("has the threshold in the metric's own unit", () => {
    const memory = {
      ...newDraft(metric("BytesUsedForCache"), onlyNodeSubject("orders-001")),
      threshold: "1.5",
      factor: 1024 ** 3,
    };
    expect(inputOf(memory).Threshold).toBe(1.5 * 1024 ** 3);
    expect(thresholdUnits("Bytes").map(({ label }) => label)).toEqual(["bytes", "KiB", "MiB", "GiB"]);
  });

  it("has a percentile as an extended statistic", () => {
    expect(inputOf({ ...draft, statistic: "p99" })).toMatchObject({ Statistic: undefined, ExtendedStatistic: "p99" });
    expect(inputOf(draft)).toMatchObject({ Statistic: "Average", ExtendedStatistic: undefined });
  });
});

describe("an alarm that is there", () => {
  const there: MetricAlarm = {
    AlarmName: "memory",
    AlarmDescription: "too full",
    Namespace: "AWS/ElastiCache",
    MetricName: "BytesUsedForCache",
    Dimensions: [{ Name: "CacheClusterId", Value: "orders-001" }],
    ExtendedStatistic: "p90",
    EvaluateLowSampleCountPercentile: "ignore",
    Unit: "Bytes",
    Period: 300,
    EvaluationPeriods: 4,
    DatapointsToAlarm: 2,
    Threshold: 512 * 1024 * 1024,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    TreatMissingData: "breaching",
    ActionsEnabled: false,
    AlarmActions: ["arn:aws:sns:us-east-1:000000000000:a"],
    OKActions: [],
    InsufficientDataActions: [],
  };

  it("is typed in the unit that makes its threshold short", () => {
    expect(draftOf(there)).toMatchObject({ threshold: "512", factor: 1024 ** 2 });
    expect(draftOf({ ...there, Threshold: 1000 })).toMatchObject({ threshold: "1000", factor: 1 });
    expect(draftOf({ ...there, Threshold: 0 })).toMatchObject({ threshold: "0", factor: 1 });
  });

  it("comes out of the form as it went in", () => {
    expect(inputOf(draftOf(there) as AlarmDraft)).toEqual({ ...there, Statistic: undefined });
  });

  it("on metric math is not for the form", () => {
    expect(draftOf({ AlarmName: "math", Metrics: [{ Id: "e", Expression: "1" }] })).toBeUndefined();
  });
});
