import { expect, test } from "vitest";
import { type EditedTag, isNoChange, tagsDiff } from "./tagsDiff";

function tag(key: string, value: string, more: Partial<EditedTag> = {}): EditedTag {
  return { key, value, existing: true, ...more };
}

const BEFORE = [tag("team", "shop"), tag("stage", "test")];

test("nothing touched is no change", () => {
  expect(isNoChange(tagsDiff(BEFORE, BEFORE))).toBe(true);
});

test("a new tag is set, and a changed value is set anew without being removed", () => {
  const after = [tag("team", "web"), tag("stage", "test"), tag("cost", "42", { existing: false })];
  expect(tagsDiff(BEFORE, after)).toEqual({ set: { team: "web", cost: "42" }, removed: [] });
});

test("one that is marked goes", () => {
  const after = [tag("team", "shop", { markedForRemoval: true }), tag("stage", "test")];
  expect(tagsDiff(BEFORE, after)).toEqual({ set: {}, removed: ["team"] });
});

test("one that is marked and written anew stays, with its new value", () => {
  const after = [tag("team", "shop", { markedForRemoval: true }), tag("stage", "test"), tag("team", "web")];
  expect(tagsDiff(BEFORE, after)).toEqual({ set: { team: "web" }, removed: [] });
});

test("an empty value is a value", () => {
  expect(tagsDiff(BEFORE, [tag("team", ""), tag("stage", "test")])).toEqual({ set: { team: "" }, removed: [] });
});
