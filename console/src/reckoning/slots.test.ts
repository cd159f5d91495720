import { expect, test } from "vitest";
import { countSlots, movesLeft, parseSlots, renderSlots, SLOT_COUNT, sharedSlots } from "./slots";

test("ranges and single slots are read as the API writes them", () => {
  expect(parseSlots("0-99,200")).toEqual([
    { first: 0, last: 99 },
    { first: 200, last: 200 },
  ]);
  expect(renderSlots(parseSlots("0-99,200"))).toBe("0-99,200");
});

test("no slots are an empty text or none", () => {
  expect(parseSlots("")).toEqual([]);
  expect(parseSlots(undefined)).toEqual([]);
  expect(renderSlots([])).toBe("");
});

test("what is no range of slots is left out", () => {
  expect(parseSlots("9-3,abc,16384,5,0-16384")).toEqual([{ first: 5, last: 5 }]);
});

test("all slots are counted, both ends among them", () => {
  expect(countSlots(parseSlots("0-16383"))).toBe(SLOT_COUNT);
  expect(countSlots(parseSlots("0-99,200"))).toBe(101);
});

test("what two have in common is what both have", () => {
  expect(sharedSlots(parseSlots("0-99,200-299"), parseSlots("50-250"))).toEqual(parseSlots("50-99,200-250"));
  expect(sharedSlots(parseSlots("0-99"), parseSlots("100-199"))).toEqual([]);
});

test("what is left to move goes from who owns it to who shall own it", () => {
  const shards = [
    { shardId: "0001", slots: parseSlots("0-8191"), target: parseSlots("0-5461") },
    { shardId: "0002", slots: parseSlots("8192-16383"), target: parseSlots("8192-13652") },
    { shardId: "0003", slots: [], target: parseSlots("5462-8191,13653-16383") },
  ];
  expect(movesLeft(shards)).toEqual([
    { from: "0001", to: "0003", slots: parseSlots("5462-8191"), count: 2730 },
    { from: "0002", to: "0003", slots: parseSlots("13653-16383"), count: 2731 },
  ]);
});

test("where everybody owns what they shall, nothing is left to move", () => {
  const slots = parseSlots("0-16383");
  expect(movesLeft([{ shardId: "0001", slots, target: slots }])).toEqual([]);
});
