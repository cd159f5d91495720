import { expect, test } from "vitest";
import { type Cache, cacheOfGroup } from "../caches";
import type { Explanation } from "../elastane";
import { waitOf } from "./waiting";

function cache(status: string): Cache {
  return cacheOfGroup({ ReplicationGroupId: "shop", Status: status });
}

function explanation(more: Partial<Explanation>): Explanation {
  return {
    CacheId: "shop",
    Form: "replication-group",
    Status: "available",
    Sections: [],
    Generation: 1,
    ConvergedGeneration: 1,
    Verdict: { Kind: "satisfied", Rule: "all", Sentence: "everything is as it shall be", Since: 1_796_007_012 },
    Waiting: [],
    NodeGroups: [],
    Nodes: [],
    ...more,
  };
}

const WAITS = { Kind: "wait", Rule: "readiness", Sentence: "one node is starting", Since: 1_796_007_012 };
const NODE = { NodeId: "shop-002", NodeGroupId: "0001", Health: "syncing", Zone: "a", Address: "127.0.0.1", Port: 1 };

test("what is available and as it shall be waits for nothing", () => {
  expect(waitOf(cache("available"), explanation({}))).toBeUndefined();
  expect(waitOf(cache("available"), undefined)).toBeUndefined();
});

test("what is being created says what for, in sentences that begin like sentences", () => {
  const wait = waitOf(cache("creating"), explanation({ Verdict: WAITS, Waiting: ["one node is starting"] }));
  expect(wait).toMatchObject({ kind: "wait", title: "shop is being created", sentences: ["One node is starting"] });
  expect(wait?.since).toEqual(new Date("2026-11-30T02:50:12Z"));
});

test("a sentence that begins with an id keeps it as it is", () => {
  const wait = waitOf(cache("modifying"), explanation({ Verdict: WAITS, Waiting: ["shop-002 is starting"] }));
  expect(wait?.sentences).toEqual(["shop-002 is starting"]);
});

test("of a node group it is told as of a shard, without the name of the rule", () => {
  const Waiting = ['node group 0003: clu-0003-001 does not run ("nodes")', "node group 0004: is new"];
  expect(waitOf(cache("modifying"), explanation({ Verdict: WAITS, Waiting }))?.sentences).toEqual([
    "Shard 0003: clu-0003-001 does not run",
    "Shard 0004: is new",
  ]);
});

test("a lost replica is told of, though the group stays available", () => {
  expect(waitOf(cache("available"), explanation({ Verdict: WAITS }))).toMatchObject({
    kind: "wait",
    title: "shop is available, and not yet as it shall be",
  });
});

test("where no primary answers, nobody is told that the cache serves", () => {
  const dead = { ...NODE, Role: "primary", Health: "down" };
  const lost = explanation({ Verdict: WAITS, NodeGroups: [{ NodeGroupId: "0001" }], Nodes: [dead] });

  expect(waitOf(cache("available"), lost)).toMatchObject({ kind: "trouble", title: "No primary of shop answers" });
});

test("a shard without slots is not missed, and one that has some is named", () => {
  const clustered = { ...cache("modifying"), clusterMode: "enabled" as const };
  const parts = [
    { NodeGroupId: "0001", Slots: "0-16383" },
    { NodeGroupId: "0002", Slots: "" },
  ];
  const primary = { ...NODE, Role: "primary", Health: "ready" };

  const calm = waitOf(clustered, explanation({ Status: "modifying", NodeGroups: parts, Nodes: [primary] }));
  const lost = waitOf(clustered, explanation({ Status: "modifying", NodeGroups: parts }));

  expect(calm?.title).toBe("shop is being changed");
  expect(lost?.title).toBe("No primary of shard 0001 of shop answers");
});

test("a change that was asked for and not seen yet is under way", () => {
  expect(waitOf(cache("available"), explanation({ Generation: 2 }))).toBeDefined();
});

test("the cache's own id keeps its first letter, too", () => {
  const wait = waitOf(cache("deleting"), explanation({ Verdict: WAITS, Waiting: ["shop is being deleted"] }));
  expect(wait?.sentences).toEqual(["shop is being deleted"]);
});

test("that all was as it should be before the last change is no news of it", () => {
  const wait = waitOf(cache("modifying"), explanation({ Generation: 2 }));
  expect(wait?.sentences).toEqual(["The control plane has not looked at the last change yet."]);
  expect(wait?.since).toBeUndefined();
});

test("of a cache that has served, what was given up is no failed creation, and it is not to be deleted", () => {
  const Verdict = { ...WAITS, Kind: "failed", Sentence: "the engine cannot be had" };
  const given = waitOf(cache("modifying"), explanation({ Verdict }));
  expect(given).toMatchObject({ kind: "failed", title: "shop cannot become what it shall be" });
  expect(given?.nextAct).not.toMatch(/delete/i);
  expect(waitOf(cache("creating"), explanation({ Verdict }))?.nextAct).toMatch(/delete/i);
});

test("before the first look there is a reason, too", () => {
  const wait = waitOf(cache("creating"), explanation({ Verdict: undefined }));
  expect(wait?.sentences).toEqual(["The control plane has not looked at it yet."]);
});

test("a failure that is tried again says how often and when", () => {
  const failure = { Sentence: "its address is taken", Count: 3, At: 1, NextTryAt: 60, IsPermanent: false };
  expect(waitOf(cache("creating"), explanation({ Verdict: WAITS, Failure: failure }))).toMatchObject({
    kind: "trouble",
    failure: { sentence: "its address is taken", count: 3, nextTryAt: new Date(60_000) },
    nextAct: undefined,
  });
});

test("a creation that was given up names the reason and the next act", () => {
  const failure = { Sentence: "its address is taken", Count: 3, At: 1, IsPermanent: true };
  const failed = { ...WAITS, Kind: "failed", Sentence: "its address is taken" };
  const wait = waitOf(cache("create-failed"), explanation({ Verdict: failed, Failure: failure }));
  expect(wait).toMatchObject({ kind: "failed", title: "shop could not be created", sentences: [] });
  expect(wait?.failure?.sentence).toBe("its address is taken");
  expect(wait?.nextAct).toMatch(/Delete it/);
});

test("first syncs and moved slots are progress", () => {
  const wait = waitOf(
    cache("modifying"),
    explanation({
      Verdict: WAITS,
      Nodes: [{ ...NODE, SyncProgressPercent: 40 }, NODE],
      Resharding: { MovedSlotCount: 1365, SlotCount: 5460, RequestedAt: 1 },
    }),
  );
  expect(wait?.progress).toEqual([
    { label: "Slots moved", percent: 25, words: "1,365 of 5,460 slots" },
    { label: "First sync of shop-002", percent: 40, words: "of the primary's data" },
  ]);
});

test("a resharding that moves nothing has no progress to show", () => {
  const none = { MovedSlotCount: 0, SlotCount: 0, RequestedAt: 1 };
  expect(waitOf(cache("modifying"), explanation({ Resharding: none }))?.progress).toEqual([]);
});
