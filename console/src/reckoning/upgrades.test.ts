import { expect, test } from "vitest";
import { compareVersions, engineTitle, offeredVersion, upgradesFor } from "./upgrades";

const OFFERS = [
  { Engine: "redis", EngineVersion: "7.0", CacheParameterGroupFamily: "redis7" },
  { Engine: "redis", EngineVersion: "7.1", CacheParameterGroupFamily: "redis7" },
  { Engine: "valkey", EngineVersion: "8.0", CacheParameterGroupFamily: "valkey8" },
  { Engine: "valkey", EngineVersion: "8.1", CacheParameterGroupFamily: "valkey8" },
  { Engine: "valkey", EngineVersion: "10.0", CacheParameterGroupFamily: "valkey10" },
];

function titles(engine: string, version: string): string[] {
  return upgradesFor(engine, version, OFFERS).map((upgrade) => upgrade.title);
}

test("only newer versions are upgrades, and 10 is newer than 8", () => {
  expect(titles("valkey", "8.0.1")).toEqual(["Valkey 10.0", "Valkey 8.1"]);
});

test("the version that runs is no upgrade, whatever its patch", () => {
  expect(titles("valkey", "10.0.7")).toEqual([]);
});

test("Redis OSS may become Valkey, and Valkey never Redis OSS", () => {
  expect(titles("redis", "7.0.15")).toEqual(["Redis OSS 7.1", "Valkey 10.0", "Valkey 8.1", "Valkey 8.0"]);
  expect(titles("valkey", "8.1.1")).toEqual(["Valkey 10.0"]);
});

test("a version is spelled as it is offered, or as it is where it is offered no more", () => {
  expect(offeredVersion("valkey", "8.0.1", OFFERS)).toBe("8.0");
  expect(offeredVersion("valkey", "7.2.4", OFFERS)).toBe("7.2.4");
});

test("versions are compared by their numbers", () => {
  expect(compareVersions("9.1", "10.0")).toBeLessThan(0);
  expect(compareVersions("8.1.0", "8.1")).toBe(0);
});

test("an engine has its name, and an unknown one its own word", () => {
  expect(engineTitle("redis", "7.0")).toBe("Redis OSS 7.0");
  expect(engineTitle("other")).toBe("other");
});
