import { expect, test } from "vitest";
import { shardColour } from "./shardColours";

test("the first ten shards differ from one another", () => {
  const ids = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010"];
  expect(new Set(ids.map(shardColour)).size).toBe(10);
});

test("a shard keeps its colour, whoever else is there, and the eleventh has the first one's", () => {
  expect(shardColour("0011")).toBe(shardColour("0001"));
});

test("an id that is no number, or zero, has a colour, too", () => {
  expect(shardColour("")).toBe(shardColour("0001"));
  expect(shardColour("0000")).toBe(shardColour("0001"));
});
