import type { CacheCluster } from "@aws-sdk/client-elasticache";
import { describe, expect, test } from "vitest";
import type { ExplainedNode, Explanation } from "../elastane";
import { byZone, cacheNodesOf, discoveryOf, endpointWords, nodesSummary } from "./cacheNodes";

const CLUSTER: CacheCluster = {
  CacheNodeType: "cache.t4g.micro",
  CacheNodes: [
    {
      CacheNodeId: "0001",
      CacheNodeStatus: "available",
      CustomerAvailabilityZone: "us-east-1b",
      Endpoint: { Address: "127.88.1.1", Port: 11211 },
      ParameterGroupStatus: "in-sync",
    },
    { CacheNodeId: "0003", CacheNodeStatus: "creating", CustomerAvailabilityZone: "us-east-1a" },
  ],
};

function node(id: string, some: Partial<ExplainedNode> = {}): ExplainedNode {
  const known = { Zone: "us-east-1a", Address: "127.88.1.9", Port: 11211, EngineVersion: "1.6.38" };
  return { NodeId: id, Health: "ready", IsPublished: true, ...known, ...some };
}

describe("the nodes of a Memcached cluster", () => {
  test("are told by AWS's answer alone where the control plane is not asked", () => {
    const [first, second] = cacheNodesOf(CLUSTER, undefined);

    expect(first).toMatchObject({ id: "0001", status: "available", zone: "us-east-1b", parameterStatus: "in-sync" });
    expect(first?.health).toBeUndefined();
    expect([first, second].map((one) => one && endpointWords(one))).toEqual(["127.88.1.1:11211", ""]);
  });

  test("have their health, their version and whether clients are told of them beside it", () => {
    const Nodes = [node("0001"), node("0003", { Health: "starting", IsPublished: false, NodeType: "cache.r7g.large" })];

    expect(cacheNodesOf(CLUSTER, { Nodes })).toMatchObject([
      { id: "0001", health: "ready", version: "1.6.38", isPublished: true, nodeType: "cache.t4g.micro" },
      { id: "0003", health: "starting", isPublished: false, nodeType: "cache.r7g.large" },
    ]);
  });

  test("are seen before AWS's answer has any, and without an endpoint until then", () => {
    const Nodes = [node("0001", { Health: "down", EngineVersion: undefined, Status: "creating" })];

    expect(cacheNodesOf({ CacheNodes: [] }, { Nodes })).toMatchObject([
      { id: "0001", status: "creating", health: "not started", zone: "us-east-1a", address: "" },
    ]);
  });

  test("wait for a reboot where AWS says so of the parameter group", () => {
    const cluster = { ...CLUSTER, CacheParameterGroup: { CacheNodeIdsToReboot: ["0003"] } };

    expect(cacheNodesOf(cluster, undefined).map((one) => one.parameterStatus)).toEqual(["in-sync", "pending-reboot"]);
  });

  test("are leaving where either answer says so", () => {
    const leaving = (cluster: CacheCluster, ...Nodes: ExplainedNode[]) =>
      cacheNodesOf(cluster, { Nodes }).map((one) => one.isLeaving);

    expect(leaving({}, node("0001", { IsLeaving: true }))).toEqual([true]);
    expect(leaving({ CacheNodes: [{ CacheNodeId: "0001", CacheNodeStatus: "deleting" }] })).toEqual([true]);
  });

  test("stand together with those of their zone", () => {
    expect(byZone(cacheNodesOf(CLUSTER, undefined)).map(({ zone, nodes }) => [zone, nodes.length])).toEqual([
      ["us-east-1a", 1],
      ["us-east-1b", 1],
    ]);
  });
});

describe("in one line they are", () => {
  const summary = (...Nodes: ExplainedNode[]) => nodesSummary(cacheNodesOf(undefined, { Nodes }));

  test("all ready", () => {
    expect(summary(node("0001"), node("0002", { Zone: "us-east-1b" }))).toBe("2 nodes in 2 zones, all ready");
    expect(summary(node("0001"))).toBe("1 node in 1 zone, ready");
  });

  test("counted by their health", () => {
    expect(summary(node("0001"), node("0002", { Health: "down" }))).toBe("2 nodes in 1 zone: 1 ready, 1 down");
  });

  test("only counted where nobody tells it", () => {
    expect(nodesSummary(cacheNodesOf(CLUSTER, undefined))).toBe("2 nodes in 2 zones");
  });
});

describe("clients with auto discovery", () => {
  const told = (version: number, endpoint: Partial<NonNullable<Explanation["ConfigurationEndpoint"]>>) =>
    discoveryOf({
      Publication: { Version: version, NodeIds: ["0001", "0002"] },
      ConfigurationEndpoint: { Address: "127.88.48.30", Port: 11211, Health: "ready", ...endpoint },
    });

  test("are told of the nodes", () => {
    expect(told(4, { Version: 4 })).toEqual({
      kind: "good",
      sentence: "Clients are told version 4 of the list of nodes: 0001, 0002.",
    });
  });

  test("wait while the first list, or a new one, is still to come", () => {
    expect(told(0, {})?.kind).toBe("waiting");
    expect(told(4, { Version: 3 })).toMatchObject({ kind: "waiting", sentence: expect.stringContaining("version 4") });
  });

  test("are told nothing while the endpoint is down, and a person is told why", () => {
    expect(told(4, { Version: 4, Health: "down", Sentence: "it does not run" })).toEqual({
      kind: "bad",
      sentence: "The configuration endpoint is down: it does not run. Nobody is told version 4 of the list of nodes.",
    });
  });

  test("are not spoken of where nobody knows", () => {
    expect(discoveryOf(undefined)).toBeUndefined();
  });
});
