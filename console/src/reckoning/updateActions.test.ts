import type { UpdateAction, UpdateActionStatus } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { cacheOfAction, canBeApplied, canBeStopped, doneCounts, keyOf, progressOf } from "./updateActions";

const action = (status: UpdateActionStatus, more: Partial<UpdateAction> = {}): UpdateAction => ({
  ReplicationGroupId: "shop",
  ServiceUpdateName: "valkey-9-1-3",
  ServiceUpdateStatus: "available",
  UpdateActionStatus: status,
  ...more,
});

test("what nobody has begun can be applied, and what waits or runs can be stopped", () => {
  expect(canBeApplied(action("not-applied"))).toBe(true);
  expect(canBeApplied(action("stopped"))).toBe(true);
  expect(canBeApplied(action("in-progress"))).toBe(false);
  expect(canBeApplied(action("complete"))).toBe(false);
  expect(canBeStopped(action("in-progress"))).toBe(true);
  expect(canBeStopped(action("not-applied"))).toBe(false);
});

test("what waits for the maintenance window can be applied now, or stopped", () => {
  expect([canBeApplied(action("scheduled")), canBeStopped(action("scheduled"))]).toEqual([true, true]);
});

test("an update that a newer one has taken the place of is not applied any more", () => {
  expect(canBeApplied(action("not-applied", { ServiceUpdateStatus: "cancelled" }))).toBe(false);
});

test("progress is read as AWS writes it", () => {
  expect(progressOf(action("in-progress", { NodesUpdated: "1/3" }))).toEqual({
    updatedCount: 1,
    nodeCount: 3,
    percent: 33,
  });
  expect(progressOf(action("in-progress", { NodesUpdated: "0/0" }))).toBeUndefined();
  expect(progressOf(action("in-progress"))).toBeUndefined();
});

test("a replication group and a cache cluster of one name have two actions", () => {
  const alone = action("not-applied", { ReplicationGroupId: undefined, CacheClusterId: "shop" });
  expect(cacheOfAction(alone)).toEqual({ form: "cache-cluster", cacheId: "shop" });
  expect(keyOf(alone)).not.toBe(keyOf(action("not-applied")));
});

test("caches are counted by whether the update is done there", () => {
  const actions = [action("complete"), action("not-applicable"), action("stopped"), action("in-progress")];
  expect(doneCounts("valkey-9-1-3", actions)).toEqual({ doneCount: 2, openCount: 2 });
  expect(doneCounts("valkey-9-1-4", actions)).toEqual({ doneCount: 0, openCount: 0 });
});
