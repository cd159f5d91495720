import { expect, test } from "vitest";
import { familyOf, fittingGroup, fittingGroups } from "./fittingGroups";

const GROUPS = [
  { CacheParameterGroupName: "default.valkey8", CacheParameterGroupFamily: "valkey8" },
  { CacheParameterGroupName: "default.valkey8.cluster.on", CacheParameterGroupFamily: "valkey8" },
  { CacheParameterGroupName: "default.valkey9", CacheParameterGroupFamily: "valkey9" },
  { CacheParameterGroupName: "default.valkey9.cluster.on", CacheParameterGroupFamily: "valkey9" },
  { CacheParameterGroupName: "mine", CacheParameterGroupFamily: "valkey8" },
];

test("a group that is of the new family stays", () => {
  expect(fittingGroup("mine", "valkey8", "disabled", GROUPS)).toBe("mine");
});

test("a group of another family gives way to the default one, which fits the cluster mode", () => {
  expect(fittingGroup("mine", "valkey9", "disabled", GROUPS)).toBe("default.valkey9");
  expect(fittingGroup("mine", "valkey9", "enabled", GROUPS)).toBe("default.valkey9.cluster.on");
  expect(fittingGroup("default.valkey8.cluster.on", "valkey9", "compatible", GROUPS)).toBe(
    "default.valkey9.cluster.on",
  );
});

test("where no group of the family is known none is chosen", () => {
  expect(fittingGroup("mine", "valkey10", "disabled", GROUPS)).toBe("");
});

test("the default groups of the other cluster mode are not offered", () => {
  const names = fittingGroups("valkey8", "enabled", GROUPS).map((group) => group.CacheParameterGroupName);

  expect(names).toEqual(["default.valkey8.cluster.on", "mine"]);
});

test("a group that is not there has no family", () => {
  expect(familyOf("gone", GROUPS)).toBeUndefined();
});
