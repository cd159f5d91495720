import { expect, test } from "vitest";
import type { Cache, Form } from "../caches";
import { isComplete, type Known, mergedCaches, NOTHING_KNOWN } from "../reckoning/knownCaches";
import { gatherAll, gatherByName } from "./gatherCaches";

/** An API with so many groups and cache clusters, which counts what it is asked. */
function api(groupCount: number, clusterCount: number) {
  const names: Record<Form, string[]> = {
    "replication-group": numbered("g", groupCount),
    "cache-cluster": numbered("c", clusterCount),
  };
  const asked: string[] = [];
  let known: Known = NOTHING_KNOWN;
  return {
    names,
    asked,
    shown: (first: number, count: number) =>
      mergedCaches(known)
        .slice(first, first + count)
        .map(({ id }) => id),
    gathering: {
      latest: () => known,
      learn: (change: (known: Known) => Known) => {
        known = change(known);
      },
      ask: async (form: Form, marker: string | undefined, size: number) => {
        asked.push(form);
        const rest = names[form].filter((id) => marker === undefined || id > marker);
        const here = rest.slice(0, size);
        const more = rest.length > here.length ? here.at(-1) : undefined;
        return {
          caches: here.map((id) => ({ form, id, memberIds: [] as string[] }) as unknown as Cache),
          marker: more,
        };
      },
    },
  };
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, "0")}`);
}

test("the first page of a thousand needs one call of each list", async () => {
  const { gathering, asked, shown } = api(900, 0);
  await gatherByName(gathering, 0, 20);
  expect(asked.length).toBe(2);
  expect(shown(0, 20)).toEqual(numbered("g", 20));
  expect(isComplete(gathering.latest())).toBe(false);
});

test("the page that is shown is asked for anew, and none of the others", async () => {
  const { gathering, asked, shown, names } = api(900, 0);
  await gatherByName(gathering, 0, 20);
  await gatherByName(gathering, 20, 20);
  await gatherByName(gathering, 40, 20);
  asked.length = 0;
  names["replication-group"] = names["replication-group"].filter((id) => id !== "g0045");
  await gatherByName(gathering, 40, 20);
  expect(asked.length).toBeLessThanOrEqual(4);
  expect(shown(40, 6)).toEqual(["g0040", "g0041", "g0042", "g0043", "g0044", "g0046"]);
});

test("what has come at the end is seen on the last page", async () => {
  const { gathering, shown, names } = api(30, 0);
  await gatherByName(gathering, 20, 20);
  names["replication-group"].push("h0000");
  await gatherByName(gathering, 20, 20);
  expect(shown(29, 20)).toEqual(["g0029", "h0000"]);
});

test("all of them are gathered once, and then all of them anew", async () => {
  const { gathering, asked, shown, names } = api(120, 130);
  await gatherAll(gathering);
  expect(shown(0, 1000).length).toBe(250);
  expect(asked.length).toBe(6);
  names["cache-cluster"].pop();
  await gatherAll(gathering);
  expect(shown(0, 1000).length).toBe(249);
});

test("a region without caches needs one call of each list", async () => {
  const { gathering, asked } = api(0, 0);
  await gatherByName(gathering, 0, 20);
  expect(asked.length).toBe(2);
  expect(isComplete(gathering.latest())).toBe(true);
});

test("the first cache that there ever is comes into the empty list", async () => {
  const { gathering, shown, names } = api(0, 0);
  await gatherByName(gathering, 0, 20);
  names["replication-group"].push("g0000");
  await gatherByName(gathering, 0, 20);
  expect(shown(0, 20)).toEqual(["g0000"]);
});
