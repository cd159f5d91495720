import type { CacheCluster, ReplicationGroup } from "@aws-sdk/client-elasticache";
import { describe, expect, test } from "vitest";
import { cacheOfCluster, cacheOfGroup } from "../caches";
import type { ExplainedNode, Explanation } from "../elastane";
import { healthSummary, lagWords, linkWords, NOT_STARTED, topologyOf } from "./topology";

const PRIMARY: ExplainedNode = {
  NodeId: "shop-001",
  NodeGroupId: "0001",
  Role: "primary",
  Health: "ready",
  Zone: "us-east-1a",
  Address: "127.88.0.10",
  Port: 6379,
  EngineVersion: "9.1.2",
};
const REPLICA: ExplainedNode = {
  ...PRIMARY,
  NodeId: "shop-002",
  Role: "replica",
  IsLinkUp: true,
  Follows: "shop-001",
  ReplicationLagSeconds: 0.2,
};

function explanation(nodes: ExplainedNode[], more: Partial<Explanation> = {}): Explanation {
  return {
    CacheId: "shop",
    Form: "replication-group",
    Status: "available",
    Sections: [],
    Generation: 1,
    ConvergedGeneration: 1,
    NodeGroups: [{ NodeGroupId: "0001" }],
    Nodes: nodes,
    ...more,
  };
}

const GROUP: ReplicationGroup = {
  ReplicationGroupId: "shop",
  NodeGroups: [
    {
      NodeGroupId: "0001",
      Slots: "0-16383",
      NodeGroupMembers: [
        { CacheClusterId: "shop-001", CurrentRole: "primary", PreferredAvailabilityZone: "us-east-1a" },
        { CacheClusterId: "shop-002", CurrentRole: "replica" },
      ],
    },
  ],
};
const SUBJECT = { cache: cacheOfGroup(GROUP), group: GROUP };

function onlyNode(node: ExplainedNode) {
  const shard = topologyOf(SUBJECT, explanation([node])).shards[0];
  const found = [...(shard?.primaries ?? []), ...(shard?.others ?? [])][0];
  if (found === undefined) throw new Error("there is no node");
  return found;
}

describe("what ExplainCache knows", () => {
  test("a primary stands apart from its replicas", () => {
    const { shards, nodeCount, isExplained } = topologyOf(SUBJECT, explanation([PRIMARY, REPLICA]));
    expect(shards.map((shard) => [shard.primaries.length, shard.others.length])).toEqual([[1, 1]]);
    expect([nodeCount, isExplained]).toEqual([2, true]);
  });

  test("two that call themselves primary are both shown as what they say", () => {
    const { shards } = topologyOf(SUBJECT, explanation([PRIMARY, { ...PRIMARY, NodeId: "shop-002" }]));
    expect(shards[0]?.primaries.map((node) => node.id)).toEqual(["shop-001", "shop-002"]);
  });

  test("a shard without slots of its own differs from one without cluster mode", () => {
    const some = [{ NodeGroupId: "0001", Slots: "", TargetSlots: "0-99" }];
    expect(topologyOf(SUBJECT, explanation([PRIMARY], { NodeGroups: some })).shards[0]?.slots?.count).toBe(0);
    expect(topologyOf(SUBJECT, explanation([PRIMARY])).shards[0]?.slots).toBeUndefined();
  });
});

describe("a link", () => {
  test("of a replica in sync tells how far it is behind", () => {
    expect(linkWords(onlyNode(REPLICA))).toBe("in sync, 0.2 s behind");
  });

  test("of a first sync tells how much has arrived", () => {
    const syncing = { ...REPLICA, Health: "syncing", IsLinkUp: false, SyncProgressPercent: 45.7 };
    expect(linkWords(onlyNode(syncing))).toBe("first sync, 45 % arrived");
  });

  test("is broken where the process is gone, whatever it said last", () => {
    expect(onlyNode({ ...REPLICA, Health: "down" }).link).toBe("broken");
  });

  test("of a node that has never run is not broken: there was none", () => {
    const fresh = onlyNode({ ...REPLICA, Role: undefined, Health: "down", EngineVersion: undefined });
    expect([fresh.health, fresh.link, linkWords(fresh)]).toEqual([NOT_STARTED, "unknown", ""]);
  });

  test("is not known where nobody answers now, whatever it said last", () => {
    expect(onlyNode({ ...REPLICA, Health: "unknown" }).link).toBe("unknown");
  });

  test("of a node whose role is not known is not spoken of", () => {
    expect(linkWords(onlyNode({ ...REPLICA, Role: undefined, Health: "starting" }))).toBe("");
    expect(linkWords(onlyNode({ ...REPLICA, Role: undefined, Health: "down" }))).toBe("");
  });

  test("of a replica that follows nobody says so", () => {
    expect(linkWords(onlyNode({ ...REPLICA, IsLinkUp: false, Follows: undefined }))).toBe("follows nobody");
  });

  test("a primary has none", () => {
    expect(onlyNode(PRIMARY).link).toBeUndefined();
    expect(linkWords(onlyNode(PRIMARY))).toBe("");
  });
});

describe("where ExplainCache cannot be asked", () => {
  test("a group is as AWS's own action tells it", () => {
    const { shards, isExplained } = topologyOf(SUBJECT, undefined);
    expect(isExplained).toBe(false);
    expect(shards[0]?.primaries[0]).toMatchObject({ id: "shop-001", zone: "us-east-1a" });
    expect(shards[0]?.primaries[0]?.health).toBeUndefined();
    expect(shards[0]?.slots?.count).toBe(16_384);
  });

  test("a cache cluster on its own is one node", () => {
    const cluster: CacheCluster = {
      CacheClusterId: "alone",
      CacheNodes: [{ Endpoint: { Address: "127.88.0.1", Port: 6379 }, CustomerAvailabilityZone: "us-east-1b" }],
    };
    const { shards, nodeCount } = topologyOf({ cache: cacheOfCluster(cluster), cluster }, undefined);
    expect(nodeCount).toBe(1);
    expect(shards[0]?.others[0]).toMatchObject({ id: "alone", address: "127.88.0.1", zone: "us-east-1b" });
  });
});

test("a lag is told in words that fit its size", () => {
  expect([0, 0.004, 0.25, 4, 75].map(lagWords)).toEqual([
    "nothing behind",
    "nothing behind",
    "0.25 s behind",
    "4 s behind",
    "75 s behind",
  ]);
});

test("how many nodes are how is said in a line", () => {
  const summary = (nodes: ExplainedNode[]) => healthSummary(topologyOf(SUBJECT, explanation(nodes)));
  expect(summary([PRIMARY])).toBe("1 shard, 1 node, ready");
  expect(summary([PRIMARY, REPLICA])).toBe("1 shard, 2 nodes, all ready");
  expect(summary([PRIMARY, { ...REPLICA, Health: "down" }])).toBe("1 shard, 2 nodes: 1 ready, 1 down");
  expect(healthSummary(topologyOf(SUBJECT, undefined))).toBe("1 shard, 2 nodes");
});
