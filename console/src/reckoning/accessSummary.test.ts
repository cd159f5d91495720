import { expect, test } from "vitest";
import { parseAccessString } from "./accessStrings";
import { commandsPhrase, patternPhrase, summaryOf } from "./accessSummary";
import { vocabulary } from "./accessVocabulary";

function summary(text: string): string {
  return summaryOf(parseAccessString(text, vocabulary("valkey"))).join(" ");
}

test("full access is said in three sentences", () => {
  expect(summary("on ~* &* +@all")).toBe(
    "May sign in. May read and write all keys. May use all commands. May publish to and subscribe to all channels.",
  );
});

test("prefixes, ways of access and exceptions are said apart", () => {
  expect(summary("on ~app:* %R~stock:* %W~log:* resetchannels +@all -@dangerous +keys")).toBe(
    "May sign in. May read and write keys that begin with “app:”, only read keys that begin with “stock:” and only write " +
      "keys that begin with “log:”. May use all commands, but not dangerous commands, and yet KEYS. May use no channel.",
  );
});

test("a user without commands can do nothing, whatever its keys", () => {
  expect(summary("on ~*")).toBe("May sign in. May use no command, and so do nothing.");
  expect(summary("on ~* -@all -get")).toContain("do nothing");
});

test("a user that is off is said to be", () => {
  expect(summary("~* +@all")).toContain("May not sign in");
});

test("channels that are not named are as the engine has them", () => {
  expect(summary("on ~* +@all")).toContain("none, from version 7 on");
});

test("databases are named where there are rules for them", () => {
  expect(summary("on ~* +@all db=3,0")).toContain("May use only databases 0 and 3.");
  expect(summary("on ~* +@all resetdbs")).toContain("May use no database.");
});

test("selectors stand beside the user's own rights", () => {
  expect(summary("on (~a +get)")).toBe(
    "May sign in. May use no command but by a selector. Besides: may read and write the key “a”. May use GET. " +
      "Channels are as the engine has them by default: none, from version 7 on.",
  );
  expect(summary("on ~x +set (~a +get) (+ping)")).toContain("Besides, by selector 2: may touch no key");
});

test.each([
  ["*", "all keys"],
  ["**", "all keys"],
  ["app:*", "keys that begin with “app:”"],
  ["*:tmp", "keys that end with “:tmp”"],
  ["*x*", "keys that contain “x”"],
  ["app", "the key “app”"],
  ["a?b", "keys that match “a?b”"],
  ["a*b", "keys that match “a*b”"],
  ["[ab]*", "keys that match “[ab]*”"],
  ["a\\*", "keys that match “a\\*”"],
])("the pattern %s is %s", (pattern, phrase) => {
  expect(patternPhrase("keys", pattern)).toBe(phrase);
});

test.each([
  [["+@all"], "all commands"],
  [["+@all", "-keys"], "all commands, but not KEYS"],
  [["-@all", "+get", "+client|list"], "GET and CLIENT LIST"],
  [["-@all", "-get", "+@read"], "commands that read"],
  [
    ["-@all", "+@read", "-keys", "+@pubsub"],
    "commands that read, but not KEYS, and yet commands for publish and subscribe",
  ],
  [["-@all"], undefined],
])("commands %s are told as %s", (rules, phrase) => {
  expect(commandsPhrase(rules)).toBe(phrase);
});

test("of many commands the first are named, and how many there are besides", () => {
  const rules = ["-@all", ...Array.from({ length: 25 }, (_, number) => `+c${number}`)];

  expect(commandsPhrase(rules)).toBe("C0, C1, C2, C3, C4, C5, C6, C7, C8 and 16 others");
});
