import { describe, expect, test } from "vitest";
import { BLANK, type NewCache } from "./newCache";
import { completed } from "./newCacheCompleted";
import { inputOf } from "./newCacheInput";

const versions = ["8.1", "9.1"].map((EngineVersion) => ({ Engine: "valkey", EngineVersion }));
const redis = { Engine: "redis", EngineVersion: "7.0" };
const memcached = { Engine: "memcached", EngineVersion: "1.6.38" };
const subnetGroups = [group("default", ["a", "b", "c"]), group("other", ["a", "b", "c"])];

function group(name: string, zones: string[]) {
  const subnets = zones.map((zone) => ({ SubnetAvailabilityZone: { Name: `us-east-1${zone}` } }));
  return { CacheSubnetGroupName: name, Subnets: subnets };
}

function sent(patch: Partial<NewCache>) {
  const draft = { ...BLANK, method: "standard" as const, id: "shop", ...patch };
  return inputOf(completed(draft, { versions: [...versions, redis, memcached], subnetGroups }));
}

const LOG = { isDelivered: true, destination: "cloudwatch-logs", name: "/caches/shop", format: "json" } as const;

/** Of every field: another value, beside what makes the field count. */
const OTHERWISE: Record<keyof NewCache, { with?: Partial<NewCache>; value: Partial<NewCache> }> = {
  engine: { value: { engine: "redis" } },
  form: { value: { form: "cache-cluster" } },
  method: { value: { method: "easy", preset: "production" } },
  preset: { with: { method: "easy" }, value: { preset: "production" } },
  id: { value: { id: "other" } },
  description: { value: { description: "What it is for" } },
  clusterMode: { value: { clusterMode: "compatible" } },
  engineVersion: { value: { engineVersion: "8.1" } },
  nodeType: { value: { nodeType: "cache.r7g.large" } },
  port: { value: { port: "7000" } },
  parameterGroup: { value: { parameterGroup: "mine" } },
  shardCount: { with: { clusterMode: "enabled" }, value: { shardCount: "5" } },
  replicaCount: { value: { replicaCount: "3" } },
  nodeCount: { with: { engine: "memcached" }, value: { nodeCount: "5" } },
  slotPlan: { with: { clusterMode: "enabled" }, value: { slotPlan: "own" } },
  slots: {
    with: { clusterMode: "enabled", shardCount: "2", slotPlan: "own" },
    value: { slots: ["0-99", "100-16383"] },
  },
  zonePlan: { value: { zonePlan: "own" } },
  zone: { with: { engine: "memcached", zonePlan: "one" }, value: { zone: "us-east-1b" } },
  zones: { with: { zonePlan: "own" }, value: { zones: [["us-east-1c", "us-east-1a"]] } },
  subnetGroup: { value: { subnetGroup: "other" } },
  hasAutomaticFailover: { value: { hasAutomaticFailover: false } },
  isMultiAz: { value: { isMultiAz: true } },
  securityGroups: { value: { securityGroups: ["sg-1", "sg-2"] } },
  encryption: { value: { encryption: "preferred" } },
  access: { with: { encryption: "required", authToken: "a-token-of-this-test" }, value: { access: "token" } },
  authToken: { with: { encryption: "required", access: "token" }, value: { authToken: "a-token-of-this-test" } },
  userGroup: { with: { encryption: "required", access: "users" }, value: { userGroup: "shop" } },
  hasWindow: { value: { hasWindow: true } },
  window: { with: { hasWindow: true }, value: { window: { day: "mon", time: "23:30", durationMinutes: 120 } } },
  topicArn: { value: { topicArn: "arn:aws:sns:us-east-1:000000000000:news" } },
  upgradesMinorVersions: { value: { upgradesMinorVersions: false } },
  slowLog: { value: { slowLog: LOG } },
  engineLog: { value: { engineLog: LOG } },
  tags: { value: { tags: [{ key: "team", value: "shop" }] } },
};

describe("every field of the form ends up in the call", () => {
  for (const [field, { with: others = {}, value }] of Object.entries(OTHERWISE)) {
    test(field, () => {
      expect(sent({ ...others, ...value })).not.toEqual(sent(others));
    });
  }
});

describe("how the nodes are said", () => {
  test("without cluster mode they are counted together", () => {
    expect(sent({ replicaCount: "2" }).input).toMatchObject({ NumCacheClusters: 3, ClusterMode: "disabled" });
  });

  test("in cluster mode by shards and replicas", () => {
    const { input } = sent({ clusterMode: "enabled", shardCount: "4", replicaCount: "2" });

    expect(input).toMatchObject({ ClusterMode: "enabled", NumNodeGroups: 4, ReplicasPerNodeGroup: 2 });
    expect(input).not.toHaveProperty("NumCacheClusters");
  });

  test("zones are listed with the primary's first", () => {
    const { input } = sent({ zonePlan: "own", zones: [["us-east-1b", "us-east-1c"]] });

    expect(input).toMatchObject({ PreferredCacheClusterAZs: ["us-east-1b", "us-east-1c"] });
  });

  test("slots and zones of each shard are said shard by shard", () => {
    const { input } = sent({
      clusterMode: "enabled",
      shardCount: "2",
      slotPlan: "own",
      slots: ["0-99, 200", "100-199,201-16383"],
      zonePlan: "own",
      zones: [["us-east-1a", "us-east-1b"]],
    });

    expect(input).toMatchObject({
      NodeGroupConfiguration: [
        {
          NodeGroupId: "0001",
          ReplicaCount: 1,
          Slots: "0-99,200",
          PrimaryAvailabilityZone: "us-east-1a",
          ReplicaAvailabilityZones: ["us-east-1b"],
        },
        { NodeGroupId: "0002", PrimaryAvailabilityZone: "us-east-1b", ReplicaAvailabilityZones: ["us-east-1c"] },
      ],
    });
  });
});

describe("one node without replication", () => {
  test("is a cache cluster of one node, with nothing of a group's", () => {
    const { action, input } = sent({ form: "cache-cluster", zonePlan: "own", encryption: "required" });

    expect(action).toBe("CreateCacheCluster");
    expect(input).toMatchObject({ CacheClusterId: "shop", NumCacheNodes: 1, PreferredAvailabilityZone: "us-east-1a" });
    expect(input).not.toHaveProperty("TransitEncryptionMode");
    expect(input).not.toHaveProperty("AutomaticFailoverEnabled");
  });
});

describe("a Memcached cluster", () => {
  const made = (patch: Partial<NewCache>) => sent({ engine: "memcached", port: "11211", ...patch });

  test("is a cache cluster of several nodes, whichever form was chosen for another engine", () => {
    const { action, input } = made({ form: "replication-group", nodeCount: "4" });

    expect(action).toBe("CreateCacheCluster");
    expect(input).toMatchObject({ CacheClusterId: "shop", Engine: "memcached", NumCacheNodes: 4, AZMode: "cross-az" });
  });

  test("says nothing of what Memcached has not, also where it was chosen for another engine", () => {
    const { input } = made({
      access: "token",
      authToken: "a-token-of-this-test",
      slowLog: LOG,
      engineLog: LOG,
      encryption: "preferred",
    });

    const said = ["AuthToken", "LogDeliveryConfigurations", "TransitEncryptionMode", "AutoMinorVersionUpgrade"];
    for (const member of said) expect(input).not.toHaveProperty(member);
    expect(input).toMatchObject({ TransitEncryptionEnabled: true });
  });

  const zones: [string, Partial<NewCache>, object][] = [
    [
      "all in one",
      { zonePlan: "one", zone: "us-east-1b" },
      { AZMode: "single-az", PreferredAvailabilityZone: "us-east-1b" },
    ],
    ["one alone", { nodeCount: "1" }, { AZMode: "single-az" }],
    [
      "a zone each",
      { zonePlan: "own", nodeCount: "2", zones: [["us-east-1c", "us-east-1a"]] },
      { AZMode: "cross-az", PreferredAvailabilityZones: ["us-east-1c", "us-east-1a"] },
    ],
    [
      "each the same zone",
      { zonePlan: "own", nodeCount: "2", zones: [["us-east-1a", "us-east-1a"]] },
      { AZMode: "single-az", PreferredAvailabilityZones: ["us-east-1a", "us-east-1a"] },
    ],
  ];
  for (const [what, patch, said] of zones) test(`with ${what}`, () => expect(made(patch).input).toMatchObject(said));
});

test("a maintenance window over midnight is said with both days", () => {
  const { input } = sent({ hasWindow: true, window: { day: "sun", time: "23:30", durationMinutes: 120 } });

  expect(input.PreferredMaintenanceWindow).toBe("sun:23:30-mon:01:30");
});

test("a log that is not delivered is not spoken of", () => {
  expect(sent({ slowLog: { ...LOG, isDelivered: false } }).input).not.toHaveProperty("LogDeliveryConfigurations");
});

test("a file stands for a delivery stream", () => {
  const { input } = sent({ engineLog: { ...LOG, destination: "kinesis-firehose", name: "shop", format: "text" } });

  expect(input.LogDeliveryConfigurations).toEqual([
    {
      LogType: "engine-log",
      DestinationType: "kinesis-firehose",
      DestinationDetails: { KinesisFirehoseDetails: { DeliveryStream: "shop" } },
      LogFormat: "text",
    },
  ]);
});
