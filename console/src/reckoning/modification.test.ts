import { expect, test } from "vitest";
import { type Cache, cacheOfGroup } from "../caches";
import { changesLogs, differences, modificationsOf, presentOf, type Wanted } from "./modification";

const GROUP = {
  ReplicationGroupId: "shop",
  Description: "the shop's",
  Engine: "redis",
  CacheNodeType: "cache.t3.micro",
  AutomaticFailover: "enabled",
  MultiAZ: "disabled",
  AutoMinorVersionUpgrade: true,
  LogDeliveryConfigurations: [
    {
      LogType: "slow-log",
      DestinationType: "cloudwatch-logs",
      DestinationDetails: { CloudWatchLogsDetails: { LogGroup: "/shop/slow" } },
      LogFormat: "json",
      Status: "active",
    },
  ],
} as const;
const CLUSTER = {
  CacheParameterGroup: { CacheParameterGroupName: "default.redis7" },
  PreferredMaintenanceWindow: "sun:23:00-mon:01:30",
  NotificationConfiguration: { TopicArn: "arn:aws:sns:us-east-1:1:news", TopicStatus: "active" },
};
const CACHE: Cache = cacheOfGroup({ ...GROUP, LogDeliveryConfigurations: [] });
const PRESENT = presentOf(
  {
    cache: CACHE,
    group: { ...GROUP, LogDeliveryConfigurations: [...GROUP.LogDeliveryConfigurations] },
    cluster: CLUSTER,
  },
  "7.0",
);

function changed(some: Partial<Wanted>): Wanted {
  return { ...PRESENT, ...some };
}

test("a form that nobody changed has no difference and sends nothing", () => {
  expect(differences(PRESENT, changed({}))).toEqual([]);
  expect(modificationsOf(PRESENT, changed({}), false)).toEqual({ ApplyImmediately: false });
});

test("the form begins with what the cache has", () => {
  expect(PRESENT.logs["slow-log"]).toEqual({
    isOn: true,
    destinationType: "cloudwatch-logs",
    destination: "/shop/slow",
    format: "json",
  });
  expect(PRESENT.logs["engine-log"].isOn).toBe(false);
  expect(PRESENT.parameterGroup).toBe("default.redis7");
});

test("only what differs is sent", () => {
  const wanted = changed({ description: "another", multiAz: true });

  expect(modificationsOf(PRESENT, wanted, false)).toEqual({
    ApplyImmediately: false,
    ReplicationGroupDescription: "another",
    MultiAZEnabled: true,
  });
});

test("an upgrade names engine and version, and its parameter group waits with it", () => {
  const wanted = changed({ engine: "valkey", version: "8.0", parameterGroup: "default.valkey8" });

  expect(modificationsOf(PRESENT, wanted, true)).toEqual({
    ApplyImmediately: true,
    Engine: "valkey",
    EngineVersion: "8.0",
    CacheParameterGroupName: "default.valkey8",
  });
  expect(differences(PRESENT, wanted)).toEqual([
    { what: "Engine", from: "Redis OSS 7.0", to: "Valkey 8.0", mayWait: true },
    { what: "Parameter group", from: "default.redis7", to: "default.valkey8", mayWait: true },
  ]);
});

test("a parameter group of the same family never waits", () => {
  expect(differences(PRESENT, changed({ parameterGroup: "mine" }))[0]?.mayWait).toBe(false);
});

test("a topic is taken away with an empty name, and then its status is not spoken of", () => {
  const wanted = changed({ topicArn: "", isTopicActive: false });

  expect(modificationsOf(PRESENT, wanted, false)).toEqual({ ApplyImmediately: false, NotificationTopicArn: "" });
  expect(differences(PRESENT, wanted).map((one) => one.to)).toEqual(["none"]);
});

test("a log that is switched off, and one that is switched on", () => {
  const wanted = changed({
    logs: {
      "slow-log": { ...PRESENT.logs["slow-log"], isOn: false },
      "engine-log": { isOn: true, destinationType: "kinesis-firehose", destination: "lake", format: "text" },
    },
  });

  expect(changesLogs(PRESENT, wanted)).toBe(true);
  expect(modificationsOf(PRESENT, wanted, true).LogDeliveryConfigurations).toEqual([
    { LogType: "slow-log", Enabled: false },
    {
      LogType: "engine-log",
      Enabled: true,
      DestinationType: "kinesis-firehose",
      DestinationDetails: { KinesisFirehoseDetails: { DeliveryStream: "lake" } },
      LogFormat: "text",
    },
  ]);
});

test("how a Memcached cluster comes to another node type is sent along with it, where it is not the usual way", () => {
  const present: Wanted = { ...PRESENT, engine: "memcached", version: "1.6.22" };
  const scaled: Wanted = { ...present, nodeType: "cache.r7g.large" };
  const slowly: Wanted = { ...scaled, scaling: { percentage: 50, intervalMinutes: 10 } };

  expect(modificationsOf(present, scaled, true)).toEqual({ ApplyImmediately: true, CacheNodeType: "cache.r7g.large" });
  expect(modificationsOf(present, slowly, true).ScaleConfig).toEqual({ ScalePercentage: 50, ScaleIntervalMinutes: 10 });
  expect(differences(present, slowly).map(({ what, to }) => [what, to])).toEqual([
    ["Node type", "cache.r7g.large"],
    ["Batches", "50 % of the nodes, 10 minutes apart"],
  ]);
  expect(modificationsOf(present, { ...present, scaling: slowly.scaling }, true)).not.toHaveProperty("ScaleConfig");
});
