import { expect, test } from "vitest";
import { joined, shortened } from "./lists";

test("several things are one sentence's part", () => {
  expect(joined([])).toBe("");
  expect(joined(["a"])).toBe("a");
  expect(joined(["a", "b"])).toBe("a and b");
  expect(joined(["a", "b", "c"], "or")).toBe("a, b or c");
});

test("only what is too long is shortened", () => {
  expect(shortened("abcd", 4)).toBe("abcd");
  expect(shortened("abcde", 4)).toBe("abcd …");
});
