import { expect, test } from "vitest";
import { callsOf, changesOf, differencesOf, isChanged, type Parameter, parametersOf, resetsOf } from "./parameters";

function parameter(name: string, value: string | undefined, more: Partial<Parameter> = {}): Parameter {
  return {
    name,
    value,
    dataType: "string",
    description: "",
    source: "system",
    isModifiable: true,
    needsReboot: false,
    minimumEngineVersion: "8.0",
    ...more,
  };
}

const POLICY = parameter("maxmemory-policy", "allkeys-lru", { source: "user" });
const TIMEOUT = parameter("timeout", "0");
const DEFAULTS = new Map([
  ["maxmemory-policy", "volatile-lru"],
  ["timeout", "0"],
]);

test("both of AWS's lists become one, by name, and no value is an empty one", () => {
  const found = parametersOf(
    [{ ParameterName: "notify-keyspace-events", ChangeType: "immediate", IsModifiable: true }],
    [
      {
        ParameterName: "maxmemory",
        ChangeType: "requires-reboot",
        CacheNodeTypeSpecificValues: [{ CacheNodeType: "cache.t3.micro", Value: "536870912" }],
      },
    ],
  );
  expect(found.map(({ name, value, needsReboot, isModifiable }) => [name, value, needsReboot, isModifiable])).toEqual([
    ["maxmemory", undefined, true, false],
    ["notify-keyspace-events", "", false, true],
  ]);
  expect(found[0]?.valuesByNodeType?.get("cache.t3.micro")).toBe("536870912");
});

test("a parameter is changed when its owner gave it a value, or it is not its family's", () => {
  expect(isChanged(POLICY, undefined)).toBe(true);
  expect(isChanged(TIMEOUT, DEFAULTS)).toBe(false);
  expect(isChanged(parameter("timeout", "0", { source: "user" }), DEFAULTS)).toBe(true);
  expect(isChanged(parameter("cluster-enabled", "yes"), new Map([["cluster-enabled", "no"]]))).toBe(true);
  expect(isChanged(parameter("maxmemory", undefined), new Map())).toBe(false);
});

test("typing a value and typing it back is no change", () => {
  const typed = new Map([
    ["timeout", "60"],
    ["maxmemory-policy", "allkeys-lru"],
  ]);
  expect(changesOf([POLICY, TIMEOUT], typed)).toEqual([
    { name: "timeout", before: "0", after: "60", needsReboot: false },
  ]);
});

test("an empty text is a value like any other", () => {
  const events = parameter("notify-keyspace-events", "Ex");
  expect(changesOf([events], new Map([["notify-keyspace-events", ""]]))).toHaveLength(1);
});

test("a reset touches only what the owner gave", () => {
  expect(resetsOf([POLICY, TIMEOUT], DEFAULTS)).toEqual([
    { name: "maxmemory-policy", before: "allkeys-lru", after: "volatile-lru", needsReboot: false },
  ]);
});

test("calls have twenty at most, and together all", () => {
  const names = Array.from({ length: 41 }, (_, index) => index);
  expect(callsOf(names).map((call) => call.length)).toEqual([20, 20, 1]);
  expect(callsOf(names).flat()).toEqual(names);
  expect(callsOf([])).toEqual([]);
});

test("two groups differ in values, and in what only one of them has", () => {
  const here = [POLICY, TIMEOUT, parameter("lazyfree-lazy-expire", "no")];
  const there = [parameter("maxmemory-policy", "volatile-lru"), TIMEOUT, parameter("commandlog-max", "1")];
  expect(differencesOf(here, there)).toEqual([
    { name: "commandlog-max", here: undefined, there: "1" },
    { name: "lazyfree-lazy-expire", here: "no", there: undefined },
    { name: "maxmemory-policy", here: "allkeys-lru", there: "volatile-lru" },
  ]);
});

test("what depends on the node type differs when one node type does", () => {
  const small = parameter("maxmemory", undefined, { valuesByNodeType: new Map([["cache.t3.micro", "1"]]) });
  const large = parameter("maxmemory", undefined, { valuesByNodeType: new Map([["cache.t3.micro", "2"]]) });
  expect(differencesOf([small], [small])).toEqual([]);
  expect(differencesOf([small], [large])).toHaveLength(1);
});
