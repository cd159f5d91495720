import { expect, test } from "vitest";
import { builtAccessString, FIRST_CHOICES, incomplete, prefixesOf, TEMPLATES } from "./accessBuilder";
import { explainAccessString } from "./accessExplanations";

test("every template is accepted for both engines and has no rule that is idle", () => {
  for (const { text } of TEMPLATES) {
    for (const engine of ["valkey", "redis"] as const) {
      const { problem, rules } = explainAccessString(text, engine);

      expect(problem, text).toBeUndefined();
      const idle = rules.filter((rule) => rule.note !== undefined && rule.text.startsWith("+"));
      expect(idle, text).toEqual([]);
    }
  }
});

test("the first choices make a string for an application", () => {
  expect(builtAccessString(FIRST_CHOICES)).toBe("on ~app:* +@all -@dangerous");
});

test("every choice is written as a rule", () => {
  const choices = { ...FIRST_CHOICES, prefixes: ["a:", "b:"], keyAccess: "read" } as const;

  expect(builtAccessString({ ...choices, isOn: false })).toBe("off %R~a:* %R~b:* +@all -@dangerous");
  expect(builtAccessString({ ...choices, keys: "all", keyAccess: "write" })).toBe("on %W~* +@all -@dangerous");
  expect(builtAccessString({ ...choices, keys: "none", channels: "all", commands: "all" })).toBe("on &* +@all");
  expect(builtAccessString({ ...choices, channels: "prefixes", channelPrefixes: ["news."] })).toBe(
    "on %R~a:* %R~b:* resetchannels &news.* +@all -@dangerous",
  );
});

test("what clients send first is allowed beside categories, without what is dangerous of it", () => {
  const choices = { ...FIRST_CHOICES, commands: "categories", categories: ["hash"] } as const;

  expect(builtAccessString(choices)).toBe(
    "on ~app:* -@all +@hash +@connection -@dangerous +info +cluster|slots +cluster|nodes",
  );
  expect(builtAccessString({ ...choices, greets: false })).toBe("on ~app:* -@all +@hash");
});

test("a prefix means itself, also where a pattern would mean something by it", () => {
  expect(builtAccessString({ ...FIRST_CHOICES, prefixes: ["a*[b]?\\"] })).toBe(
    "on ~a\\*\\[b\\]\\?\\\\* +@all -@dangerous",
  );
});

test("what is missing is said, and no string is made", () => {
  for (const missing of [
    { ...FIRST_CHOICES, prefixes: [] },
    { ...FIRST_CHOICES, commands: "categories", categories: [] },
    { ...FIRST_CHOICES, channels: "prefixes" },
  ] as const) {
    expect(incomplete(missing)).toMatch(/\.$/);
    expect(builtAccessString(missing)).toBeUndefined();
  }
});

test("prefixes are separated by commas or spaces", () => {
  expect(prefixesOf(" a:, b:  a: ,,")).toEqual(["a:", "b:"]);
});
