import { expect, test } from "vitest";
import { changeInWords, movedPercent, previewedShards } from "./shardPreview";

const PREVIEW = {
  NodeGroups: [
    { NodeGroupId: "0010", SlotsBefore: "", SlotsAfter: "0-4095", IsNew: true, NodeCount: 2 },
    { NodeGroupId: "0001", SlotsBefore: "0-8191", SlotsAfter: "4096-8191", NodeCount: 2 },
    { NodeGroupId: "0002", SlotsBefore: "8192-16383", SlotsAfter: "8192-16383", NodeCount: 2 },
  ],
  Moves: [{ From: "0001", To: "0010", Slots: "0-4095", SlotCount: 4096 }],
  MovedSlotCount: 4096,
};

test("shards come in the order of their ids, with what each has before and after", () => {
  const shards = previewedShards(PREVIEW);

  expect(shards.map((shard) => shard.id)).toEqual(["0001", "0002", "0010"]);
  expect(shards.map((shard) => [shard.countBefore, shard.countAfter])).toEqual([
    [8192, 4096],
    [8192, 8192],
    [0, 4096],
  ]);
});

test("what becomes of each shard is said in words", () => {
  const words = previewedShards(PREVIEW).map(changeInWords);

  expect(words).toEqual(["gives 4,096", "stays as it is", "new, with 2 nodes"]);
});

test("a shard that leaves says so, whatever it gives", () => {
  const [shard] = previewedShards({
    NodeGroups: [{ NodeGroupId: "0001", SlotsBefore: "0-9", SlotsAfter: "", IsLeaving: true }],
    Moves: [],
    MovedSlotCount: 10,
  });

  expect(shard && changeInWords(shard)).toBe("leaves, with its nodes");
});

test("a quarter of the slots moves", () => {
  expect(movedPercent(PREVIEW)).toBe(25);
});
