import { describe, expect, test } from "vitest";
import { additionOf, movedPercent, removalOf, roomFor } from "./nodeCounts";

const CLUSTER = {
  NumCacheNodes: 3,
  CacheNodes: ["0001", "0002", "0004"].map((CacheNodeId) => ({ CacheNodeId, CustomerAvailabilityZone: "us-east-1a" })),
};

describe("more nodes", () => {
  test("are said as the number of all, and Elastane chooses their zones", () => {
    expect(additionOf(CLUSTER, 2, undefined, true)).toEqual({ NumCacheNodes: 5, ApplyImmediately: true });
  });

  test("in the zone of the others are no reason to span several", () => {
    expect(additionOf(CLUSTER, 1, ["us-east-1a"], true)).toEqual({
      NumCacheNodes: 4,
      NewAvailabilityZones: ["us-east-1a"],
      ApplyImmediately: true,
    });
  });

  test("in another zone need a cluster that spans several", () => {
    expect(additionOf(CLUSTER, 1, ["us-east-1b"], false)).toMatchObject({
      AZMode: "cross-az",
      ApplyImmediately: false,
    });
  });

  test("come up to AWS's quota", () => {
    expect(roomFor(CLUSTER)).toBe(57);
    expect(roomFor({ NumCacheNodes: 60 })).toBe(0);
  });
});

test("fewer nodes are named, beside how many stay", () => {
  expect(removalOf(CLUSTER, ["0001", "0004"], true)).toEqual({
    NumCacheNodes: 1,
    CacheNodeIdsToRemove: ["0001", "0004"],
    ApplyImmediately: true,
  });
});

test("as consistent hashing has it, the share of the nodes that come or go is the share of keys that move", () => {
  expect(movedPercent(2, 5)).toBe(60);
  expect(movedPercent(5, 3)).toBe(40);
  expect(movedPercent(0, 0)).toBe(0);
});
