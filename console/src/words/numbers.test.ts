import { expect, test } from "vitest";
import { amount, bytes, counted, percent } from "./numbers";

test.each([
  [0, "0 bytes"],
  [1023, "1023 bytes"],
  [1024, "1 KiB"],
  [1536, "1.5 KiB"],
  [555 * 2 ** 20, "555 MiB"],
  [12.34 * 2 ** 30, "12.3 GiB"],
  [3 * 2 ** 40, "3 TiB"],
  [5000 * 2 ** 40, "5000 TiB"],
])("%d bytes are read as %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});

test.each([
  [0, "0"],
  [0.424, "0.42"],
  [17, "17"],
  [12_345, "12.3 k"],
  [-12_345, "-12.3 k"],
  [1_000_000, "1 M"],
  [2_500_000_000, "2.5 G"],
])("%d is read as %s", (value, text) => {
  expect(amount(value)).toBe(text);
});

test("percents have three figures at most", () => {
  expect(percent(99.994)).toBe("100 %");
  expect(percent(0.123)).toBe("0.12 %");
});

test("one thing is one, and none or several are many", () => {
  expect(counted(1, "shard")).toBe("1 shard");
  expect(counted(0, "shard")).toBe("0 shards");
  expect(counted(2, "match", "matches")).toBe("2 matches");
  expect(counted(16_384, "slot")).toBe("16,384 slots");
});
