import { describe, expect, it } from "vitest";
import {
  alarmSentence,
  cacheOf,
  conditionWords,
  periodsWords,
  watchedMetric,
  watchedWords,
  whoWords,
} from "./alarmWords";

const HIT_RATE = {
  Namespace: "AWS/ElastiCache",
  MetricName: "CacheHitRate",
  Dimensions: [{ Name: "CacheClusterId", Value: "orders-001" }],
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 5,
  DatapointsToAlarm: 3,
  Threshold: 80,
  ComparisonOperator: "LessThanThreshold",
  TreatMissingData: "notBreaching",
} as const;
const alarm = { ...HIT_RATE, Dimensions: [...HIT_RATE.Dimensions] };

describe("an alarm", () => {
  it("says in a sentence when it goes off, and what no data means", () => {
    expect(alarmSentence(alarm)).toBe(
      "It goes off when the average of “Hit rate” at orders-001 is below 80 % in 3 of 5 minutes. " +
        "Where nothing is measured, that counts as good.",
    );
  });

  it("says it shortly in a table", () => {
    expect(conditionWords(alarm)).toBe("average < 80 % in 3 of 5 minutes");
    expect(conditionWords({ ...alarm, Statistic: undefined, ExtendedStatistic: "p99", Threshold: 50 })).toBe(
      "99th percentile < 50 % in 3 of 5 minutes",
    );
  });

  it("counts its periods in words", () => {
    const words = (Period: number, EvaluationPeriods: number, DatapointsToAlarm?: number) =>
      periodsWords({ Period, EvaluationPeriods, DatapointsToAlarm });
    expect(words(60, 1)).toBe("for a minute");
    expect(words(3600, 1, 1)).toBe("for an hour");
    expect(words(300, 1)).toBe("for 5 min");
    expect(words(60, 5)).toBe("for 5 minutes in a row");
    expect(words(300, 5, 5)).toBe("for 5 periods of 5 min in a row");
    expect(words(10, 6, 2)).toBe("in 2 of 6 periods of 10 s");
  });

  it("on metric math shows its expression, and takes nothing for a metric that is none", () => {
    const math = {
      Metrics: [
        { Id: "e", Expression: "m1 / m2" },
        {
          Id: "m1",
          ReturnData: false,
          MetricStat: {
            Stat: "Sum",
            Period: 300,
            Metric: { MetricName: "CacheHits", Dimensions: [{ Name: "CacheClusterId", Value: "orders-002" }] },
          },
        },
      ],
      EvaluationPeriods: 2,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold" as const,
    };
    expect(watchedMetric(math)).toBeUndefined();
    expect(watchedWords(math)).toBe("m1 / m2");
    expect(cacheOf(math)).toBe("orders-002");
    expect(alarmSentence(math)).toMatch(/^It goes off when “m1 \/ m2” is above 1 for 2 periods of 5 min in a row\./);
  });

  it("on an application's own metric keeps its name and its namespace", () => {
    const own = watchedMetric({ Namespace: "Shop", MetricName: "Orders", Unit: "Count" });
    expect(own).toMatchObject({ name: "Orders", title: "Orders", namespace: "Shop", unit: "Count" });
    expect(watchedMetric({ Namespace: "Shop", MetricName: "CacheHitRate" })?.namespace).toBe("Shop");
    expect(alarmSentence({ Namespace: "Shop", MetricName: "Orders", Statistic: "Sum", Threshold: 5 })).toMatch(
      /^It goes off when the sum of “Orders” is /,
    );
  });
});

describe("whose metric it is", () => {
  it("is told for nodes, shards, roles, groups and others", () => {
    const of = (...pairs: [string, string][]) => whoWords(pairs.map(([Name, Value]) => ({ Name, Value })));
    expect(of(["CacheClusterId", "orders-001"], ["CacheNodeId", "0001"])).toBe("orders-001");
    expect(of(["ReplicationGroupId", "wide"], ["NodeGroupId", "0002"])).toBe("shard 0002 of wide");
    expect(of(["ReplicationGroupId", "wide"], ["Role", "Replica"])).toBe("replicas of wide");
    expect(of(["ReplicationGroupId", "wide"])).toBe("all nodes of wide");
    expect(of(["Shop", "berlin"])).toBe("Shop berlin");
    expect(whoWords(undefined)).toBe("no dimensions");
  });
});
