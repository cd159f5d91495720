import type { UpdateAction } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { actionsOf, applicable, countsByUpdate, updateWord } from "./updateStatus";

function action(status: UpdateAction["UpdateActionStatus"], more: Partial<UpdateAction> = {}): UpdateAction {
  return { UpdateActionStatus: status, ServiceUpdateStatus: "available", ServiceUpdateName: "valkey-8-1-2", ...more };
}

test("a cache without a service update is up to date, and so is one that has all of them", () => {
  expect(updateWord([])).toBe("up to date");
  expect(updateWord([action("complete"), action("not-applicable")])).toBe("up to date");
});

test("what is under way is told before what could be", () => {
  expect(updateWord([action("not-applied"), action("in-progress")])).toBe("updating");
  expect(updateWord([action("not-applied"), action("complete")])).toBe("update available");
  expect(updateWord([action("scheduled")])).toBe("update scheduled");
});

test("an update that a newer one has taken the place of is neither told nor offered", () => {
  const old = action("not-applied", { ServiceUpdateStatus: "cancelled" });
  expect(updateWord([old])).toBe("up to date");
  expect(applicable([old])).toEqual([]);
});

test("an update that was stopped can be asked for again, and one under way cannot", () => {
  expect(applicable([action("stopped"), action("in-progress"), action("not-applied")]).length).toBe(2);
});

test("a group's updates are not those of a cache cluster of its name", () => {
  const ofGroup = action("not-applied", { ReplicationGroupId: "shop" });
  const ofCluster = action("complete", { CacheClusterId: "shop" });
  expect(actionsOf({ form: "replication-group", id: "shop" }, [ofGroup, ofCluster])).toEqual([ofGroup]);
  expect(actionsOf({ form: "cache-cluster", id: "shop" }, [ofGroup, ofCluster])).toEqual([ofCluster]);
});

test("updates are counted by the caches that they are for, the one for most first", () => {
  const of = (name: string) => action("not-applied", { ServiceUpdateName: name, ServiceUpdateSeverity: "important" });
  expect(countsByUpdate([of("a"), of("b"), of("b")]).map(({ name, count }) => [name, count])).toEqual([
    ["b", 2],
    ["a", 1],
  ]);
});
