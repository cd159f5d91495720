import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BLANK, type NewCache } from "./newCache";
import { completed } from "./newCacheCompleted";
import { type KnownChoices, problemsOf, refusalOfName, stepOf } from "./newCacheProblems";
import { fieldOfRefusal } from "./newCacheRefusals";
import { problemsOfSlots } from "./newCacheSlots";
import { problemOfTag } from "./newCacheTags";
import { fitOfUserGroup } from "./newCacheUserGroups";
import {
  nodeTypeFamilies,
  PREVIOUS_GENERATION,
  refusalOfFamily,
  WITH_DATA_TIERING,
  WITHOUT_REDIS,
} from "./nodeTypeFamilies";

const zones = ["a", "b"].map((zone) => ({ SubnetAvailabilityZone: { Name: `us-east-1${zone}` } }));
const subnetGroups = [{ CacheSubnetGroupName: "default", Subnets: zones }];
const versions = [
  ...["redis", "valkey"].map((Engine) => ({ Engine, EngineVersion: "7.2" })),
  ...["1.6.6", "1.6.12"].map((EngineVersion) => ({ Engine: "memcached", EngineVersion })),
];

const KNOWN: KnownChoices = {
  hasVersions: true,
  nodeTypes: [{ name: "cache.t4g.micro", memoryBytes: 1 }],
  family: "valkey7",
  parameterGroups: [{ CacheParameterGroupName: "mine", CacheParameterGroupFamily: "valkey8" }],
  hasClusteredParameters: undefined,
  subnetGroups,
  userGroups: [],
};

function found(patch: Partial<NewCache>, known: Partial<KnownChoices> = {}): string[] {
  const cache = completed({ ...BLANK, method: "standard", id: "shop", ...patch }, { versions, subnetGroups });
  return problemsOf(cache, { ...KNOWN, ...known }).map(({ field, sentence }) => `${field}: ${sentence}`);
}

test("a form of which nothing but the name was typed can be sent", () => {
  expect(found({})).toEqual([]);
});

describe("a name", () => {
  for (const name of ["a", "shop-2", "SHOP", "a".repeat(40)]) {
    test(`may be ${name}`, () => expect(refusalOfName(name, 40)).toBeUndefined());
  }
  for (const name of ["1shop", "-shop", "shop-", "sh--op", "sh_op", "shöp", "a".repeat(41)]) {
    test(`cannot be ${name}`, () => expect(refusalOfName(name, 40)).toMatch(/^A name /));
  }
});

describe("what is wrong is said with its field", () => {
  const cases: [string, Partial<NewCache>, RegExp][] = [
    ["no name", { id: "" }, /^id: /],
    ["a port that needs privileges", { port: "80" }, /^port: /],
    ["no shards", { clusterMode: "enabled", shardCount: "0" }, /^shardCount: /],
    ["a compatible cache without a replica", { clusterMode: "compatible", replicaCount: "0" }, /^replicaCount: /],
    ["a node type that there is not", { nodeType: "cache.x.large" }, /^nodeType: /],
    ["a parameter group of another family", { parameterGroup: "mine" }, /^parameterGroup: .*valkey8/],
    ["an AUTH token without encryption", { access: "token", authToken: "a".repeat(16) }, /^access: /],
    ["a short AUTH token", { access: "token", encryption: "required", authToken: "secret" }, /^authToken: .*has 6\./],
    ["no user group", { access: "users", encryption: "required" }, /^userGroup: /],
    ["a topic that is none", { topicArn: "news" }, /^topicArn: /],
    ["a window at no time", { hasWindow: true, window: { day: "sun", time: "", durationMinutes: 60 } }, /^window: /],
    ["a log without a group", { slowLog: { ...BLANK.slowLog, isDelivered: true } }, /^slowLog: /],
    ["a tag of AWS's", { tags: [{ key: "aws:x", value: "" }] }, /^tags: /],
    ["a zone without a subnet", { zonePlan: "own", zones: [["eu-west-1a", "us-east-1a"]] }, /^zones: .*eu-west-1a/],
    [
      "Multi-AZ in one zone",
      { isMultiAz: true, zonePlan: "own", zones: [["us-east-1a", "us-east-1a"]] },
      /^zones: Multi-AZ/,
    ],
  ];
  for (const [what, patch, sentence] of cases) {
    test(what, () => {
      const sentences = found(patch);

      expect(sentences).toHaveLength(1);
      expect(sentences[0]).toMatch(sentence);
    });
  }

  test("an engine of which there is no version, and one of which nothing is known yet", () => {
    const cache: NewCache = { ...BLANK, id: "shop" };

    expect(problemsOf(cache, KNOWN)[0]).toEqual({
      step: "engine",
      field: "engine",
      sentence: "No version of this engine can be had here.",
    });
    expect(problemsOf(cache, { ...KNOWN, hasVersions: false })[0]).toMatchObject({ field: "engine", isMissing: true });
  });

  test("no sentence has the AUTH token in it", () => {
    const sentences = found({ access: "token", encryption: "required", authToken: "sëcret" });

    expect(sentences.join()).not.toContain("sëcret");
  });

  test("a parameter group for cluster mode needs cluster mode", () => {
    const parameterGroups = [{ CacheParameterGroupName: "mine", CacheParameterGroupFamily: "valkey7" }];
    const known = { parameterGroups, hasClusteredParameters: true };

    expect(found({ parameterGroup: "mine" }, known)).toHaveLength(1);
    expect(found({ parameterGroup: "mine", clusterMode: "enabled" }, known)).toEqual([]);
  });
});

describe("slots of one's own", () => {
  test("are good where every one has one owner", () => {
    expect(problemsOfSlots(["0-99, 200", "100-199,201-16383"])).toEqual([]);
  });
  const wrong: [string, string[], RegExp][] = [
    ["a gap", ["0-99", "101-16383"], /slot 100\./],
    ["an end that nobody owns", ["0-99"], /100 to 16383/],
    ["two owners", ["0-100", "100-16383"], /Slot 100 is given to shard 0001 and to shard 0002/],
    ["one named twice", ["0-16383,5"], /names slot 5 twice/],
    ["no range", ["0-16384"], /is no range/],
    ["words", ["all"], /"all" is no range/],
    ["nothing", ["0-16383", " "], /Shard 0002 has no slots/],
  ];
  for (const [what, texts, sentence] of wrong) {
    test(`are refused with ${what}`, () => expect(problemsOfSlots(texts)[0]).toMatch(sentence));
  }
});

test("two tags cannot have one key", () => {
  expect(problemOfTag({ key: "a", value: "" }, [{ key: "a", value: "1" }])).toMatch(/there already/);
});

describe("a user group", () => {
  const cache: NewCache = { ...BLANK, engineVersion: "7.2" };
  const group = { UserGroupId: "shop", Engine: "valkey", Status: "active", MinimumEngineVersion: "7.2" };

  test("fits where it is active and the version understands its users", () => {
    expect(fitOfUserGroup(group, cache)).toBeUndefined();
  });
  test("of Valkey is not for Redis OSS", () => {
    expect(fitOfUserGroup(group, { ...cache, engine: "redis" })).toMatch(/for Valkey/);
  });
  test("may need a newer version, and 10.0 is newer than 7.2", () => {
    expect(fitOfUserGroup({ ...group, MinimumEngineVersion: "10.0" }, cache)).toMatch(/10\.0/);
  });
});

describe("a Memcached cluster", () => {
  const T2 = { nodeTypes: [{ name: "cache.t2.micro", memoryBytes: 1 }] };
  const memcached = (patch: Partial<NewCache>, known: Partial<KnownChoices> = {}) =>
    found({ engine: "memcached", ...patch }, known);

  test("can be sent as it is at first", () => expect(memcached({})).toEqual([]));

  for (const nodeCount of ["0", "61", "", "many"]) {
    test(`has not "${nodeCount}" nodes`, () => expect(memcached({ nodeCount })[0]).toMatch(/^nodeCount: /));
  }

  test("is encrypted from 1.6.12 on, by nodes that can", () => {
    expect(memcached({ encryption: "required", engineVersion: "1.6.12" })).toEqual([]);
    expect(memcached({ encryption: "required", engineVersion: "1.6.6" })[0]).toMatch(/^encryption: .*1\.6\.12/);
    expect(memcached({ encryption: "required", nodeType: "cache.t2.micro" }, T2)[0]).toMatch(/^encryption: .*t2/);
    expect(memcached({ encryption: "off", nodeType: "cache.t2.micro" }, T2)).toEqual([]);
  });

  test("does not mind what is wrong with a choice that only other engines have", () => {
    expect(memcached({ access: "token", authToken: "short", replicaCount: "9" })).toEqual([]);
  });

  test("is led to its number of nodes by the quota that AWS has for shards, too", () => {
    const refusal = {
      kind: "refused",
      code: "NodeQuotaForClusterExceeded",
      title: "",
      sentence: "",
      nextAct: "",
    } as const;

    expect(fieldOfRefusal(refusal, "memcached")).toBe("nodeCount");
    expect(fieldOfRefusal(refusal, "valkey")).toBe("shardCount");
  });
});

describe("node types that a new cache may have", () => {
  const catalog = readFileSync("../src/elastane/catalog/node_types.toml", "utf8");
  const families = [...catalog.matchAll(/^\[(\w+)\]\n((?:(?!\[).*\n)*)/gm)].map(([, name = "", body = ""]) => ({
    name,
    body,
  }));
  const names = (is: (body: string) => boolean) =>
    new Set(families.filter(({ body }) => is(body)).map(({ name }) => name));

  test("are those that the catalog says", () => {
    expect(families.length).toBeGreaterThan(15);
    expect(PREVIOUS_GENERATION).toEqual(names((body) => body.includes('generation = "previous"')));
    expect(WITH_DATA_TIERING).toEqual(names((body) => body.includes("has_data_tiering = true")));
    expect(WITHOUT_REDIS).toEqual(names((body) => !/\bredis = /.test(body)));
    expect(WITH_DATA_TIERING).toEqual(names((body) => !/\bmemcached = /.test(body)));
  });

  test("are listed by family, from the smallest on, those that cannot be had last", () => {
    const types = ["r6gd.xlarge", "t4g.small", "t4g.micro", "m1.small"].map((name, index) => ({
      name: `cache.${name}`,
      memoryBytes: 10 - index,
    }));

    const listed = nodeTypeFamilies(types, "valkey");

    expect(listed.map(({ name }) => name)).toEqual(["t4g", "r6gd"]);
    expect(listed[0]?.types.map(({ name }) => name)).toEqual(["cache.t4g.micro", "cache.t4g.small"]);
    expect(refusalOfFamily("r8g", "redis")).toMatch(/Redis OSS/);
  });
});

describe("a refusal leads to its field", () => {
  const cases: [string, string, string | undefined][] = [
    ["ReplicationGroupAlreadyExists", "Replication group shop already exists.", "id"],
    ["InvalidParameterCombination", "The valkey 9.1 on this machine was built without TLS.", "encryption"],
    ["NodeQuotaForClusterExceeded", "This request would exceed the quota of 90 nodes.", "shardCount"],
    ["CacheParameterGroupNotFound", "CacheParameterGroup mine not found.", "parameterGroup"],
    ["InvalidParameterValue", "Some security group ids do not exist in VPC vpc-1: [sg-1]", "securityGroups"],
    ["InvalidParameterValue", "Invalid AuthToken provided. It must have 16 to 128 characters.", "authToken"],
    ["UserGroupNotFound", "User group shop not found.", "userGroup"],
    ["InvalidParameterValue", "us-east-1x is not a valid Availability Zone.", "zones"],
    ["InvalidParameterValue", "Something else.", undefined],
  ];
  for (const [code, sentence, field] of cases) {
    test(`${code}: ${sentence}`, () => {
      const refusal = { kind: "refused", code, title: "", sentence, nextAct: "" } as const;

      expect(fieldOfRefusal(refusal)).toBe(field);
    });
  }

  test("but not where nothing in the form would help", () => {
    expect(fieldOfRefusal({ kind: "away", title: "", sentence: "Port", nextAct: "" })).toBeUndefined();
  });

  test("and to the one page of easy creation", () => {
    expect(stepOf("encryption", "standard")).toBe("advanced");
    expect(stepOf("encryption", "easy")).toBe("settings");
  });
});
