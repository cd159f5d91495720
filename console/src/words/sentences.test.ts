import { expect, test } from "vitest";
import { nestedSentences } from "./sentences";

test("a sentence that begins with two spaces is about the one before it", () => {
  expect(
    nestedSentences(["shop-001: primary", "  is primary", "  its certificate is good", "shop-002: replica"]),
  ).toEqual([
    { sentence: "shop-001: primary", below: ["is primary", "its certificate is good"] },
    { sentence: "shop-002: replica", below: [] },
  ]);
});

test("one that has nothing before it stands for itself", () => {
  expect(nestedSentences(["  alone"])).toEqual([{ sentence: "alone", below: [] }]);
  expect(nestedSentences([])).toEqual([]);
});
