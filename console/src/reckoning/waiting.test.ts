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

test("a lost replica is told of, though the group stays available", () => {
  expect(waitOf(cache("available"), explanation({ Verdict: WAITS }))).toMatchObject({
    kind: "wait",
    title: "shop serves, and is not yet as it shall be",
  });
});

test("a change that was asked for and not seen yet is under way", () => {
  expect(waitOf(cache("available"), explanation({ Generation: 2 }))).toBeDefined();
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
