import { expect, test } from "vitest";
import type { Cache, Form } from "../caches";
import {
  formsToExtend,
  isComplete,
  type Known,
  keyOf,
  lastPlace,
  mergedCaches,
  NOTHING_KNOWN,
  placeBefore,
  START,
  withCache,
  withPage,
} from "./knownCaches";

function cache(form: Form, id: string, status = "available"): Cache {
  return {
    form,
    id,
    arn: `arn:${id}`,
    description: "",
    status,
    engine: "valkey",
    nodeType: "cache.t3.micro",
    clusterMode: "disabled",
    shardCount: 1,
    nodeCount: 1,
    isMultiAz: false,
    hasAutomaticFailover: false,
    encryption: "off",
    access: "open",
    createdAt: new Date(0),
    memberIds: [],
  };
}

const GROUP: Form = "replication-group";
const CLUSTER: Form = "cache-cluster";
const groups = (...ids: string[]) => ids.map((id) => cache(GROUP, id));
const clusters = (...ids: string[]) => ids.map((id) => cache(CLUSTER, id));
const ids = (known: Known) => mergedCaches(known).map((each) => each.id);

/** Two pages of groups are known and more follow; of cache clusters all are. */
function partly(): Known {
  let known = withPage(NOTHING_KNOWN, GROUP, START, { caches: groups("b", "d"), marker: "after-d" });
  known = withPage(known, GROUP, lastPlace(known[GROUP]), { caches: groups("f", "h"), marker: "after-h" });
  return withPage(known, CLUSTER, START, { caches: clusters("a", "e", "z"), marker: undefined });
}

test("nothing is shown while one of the two lists is unknown, for its first cache might come first", () => {
  const known = withPage(NOTHING_KNOWN, GROUP, START, { caches: groups("b"), marker: undefined });
  expect(ids(known)).toEqual([]);
  expect(formsToExtend(known)).toEqual([CLUSTER]);
});

test("both lists are shown as one, up to where one of them is unknown", () => {
  expect(ids(partly())).toEqual(["a", "b", "d", "e", "f", "h"]);
  expect(isComplete(partly())).toBe(false);
  expect(formsToExtend(partly())).toEqual([GROUP]);
});

test("the last page completes the list", () => {
  const known = withPage(partly(), GROUP, lastPlace(partly()[GROUP]), { caches: groups("k"), marker: undefined });
  expect(ids(known)).toEqual(["a", "b", "d", "e", "f", "h", "k", "z"]);
  expect(isComplete(known)).toBe(true);
  expect(formsToExtend(known)).toEqual([]);
});

test("a page that is asked for anew takes the place of what stood between its ends, and of nothing else", () => {
  const known = withPage(partly(), GROUP, START, {
    caches: [cache(GROUP, "b", "modifying"), cache(GROUP, "c")],
    marker: "after-c",
  });
  expect(ids(known)).toEqual(["a", "b", "c", "d", "e", "f", "h"]);
  expect(known[GROUP].caches[0]?.status).toBe("modifying");
  expect(lastPlace(known[GROUP])).toEqual({ after: "h", marker: "after-h" });
});

test("who was deleted is gone from a page that is asked for anew", () => {
  const known = withPage(partly(), GROUP, START, { caches: groups("b", "f"), marker: "after-f" });
  expect(ids(known)).toEqual(["a", "b", "e", "f", "h"]);
});

test("a list that was complete and has grown at its end is not complete any more", () => {
  const known = withPage(partly(), CLUSTER, START, { caches: clusters("a", "e", "z"), marker: "after-z" });
  expect(known[CLUSTER].isComplete).toBe(false);
});

test("a page in the middle of a complete list leaves it complete", () => {
  const known = withPage(partly(), CLUSTER, START, { caches: clusters("a"), marker: "after-a" });
  expect(known[CLUSTER].isComplete).toBe(true);
  expect(known[CLUSTER].caches.map((each) => each.id)).toEqual(["a", "e", "z"]);
});

test("a cache is asked for anew from the nearest place before it", () => {
  expect(placeBefore(partly()[GROUP], "f")).toEqual({ after: "d", marker: "after-d" });
  expect(placeBefore(partly()[GROUP], "d")).toEqual(START);
});

test("what has not changed is the same object, so that nobody draws it anew", () => {
  const known = partly();
  const again = withPage(known, GROUP, START, { caches: groups("b", "d"), marker: "after-d" });
  expect(again).toBe(known);
  const grown = withPage(known, GROUP, START, { caches: groups("b", "c"), marker: "after-c" });
  expect(grown[GROUP].caches[0]).toBe(known[GROUP].caches[0]);
  expect(withCache(known, GROUP, "b", cache(GROUP, "b"))).toBe(known);
});

test("one cache is replaced, or forgotten where it is not found any more", () => {
  const changed = withCache(partly(), GROUP, "b", cache(GROUP, "b", "deleting"));
  expect(changed[GROUP].caches[0]?.status).toBe("deleting");
  expect(ids(withCache(partly(), GROUP, "b", undefined))).toEqual(["a", "d", "e", "f", "h"]);
});

test("a group and a cache cluster of one name are two caches, the group first", () => {
  let known = withPage(NOTHING_KNOWN, GROUP, START, { caches: groups("a"), marker: undefined });
  known = withPage(known, CLUSTER, START, { caches: clusters("a"), marker: undefined });
  expect(mergedCaches(known).map(keyOf)).toEqual(["replication-group/a", "cache-cluster/a"]);
});
