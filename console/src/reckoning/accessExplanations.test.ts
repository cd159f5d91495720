import { describe, expect, test } from "vitest";
import { type ExplainedRule, explainAccessString } from "./accessExplanations";

function ruleOf(text: string, place: number): ExplainedRule {
  const rule = explainAccessString(text, "valkey").rules[place];
  if (rule === undefined) throw new Error(`${text} has no rule ${place}`);
  return rule;
}

describe("every rule has a sentence", () => {
  test.each([
    ["on", "May sign in."],
    ["OFF", "May not sign in."],
    ["~*", "Allows reading and writing all keys."],
    ["allkeys", "Allows reading and writing all keys."],
    ["~app:*", "Allows reading and writing keys that begin with “app:”."],
    ["%R~app:*", "Allows only reading keys that begin with “app:”."],
    ["%w~*", "Allows only writing all keys."],
    ["%RW~a", "Allows reading and writing the key “a”."],
    ["resetkeys", "Takes away all keys: a new list of them begins."],
    ["&*", "Allows publishing to and subscribing to all channels."],
    ["&news.*", "Allows publishing to and subscribing to channels that begin with “news.”."],
    ["resetchannels", "Takes away all channels: a new list of them begins."],
    ["db=3,0", "Allows databases 3 and 0, and no other."],
    ["alldbs", "Allows all databases."],
    ["+@all", "Allows all commands, but those that nobody may use here."],
    ["nocommands", "Takes away all commands: what is allowed begins anew."],
    ["+@read", "Allows commands that read. They read the values of keys, or what kind they are."],
    ["+get", "Allows GET."],
    ["+client", "Allows CLIENT with its subcommands."],
    ["-client|kill", "Takes away CLIENT KILL."],
    ["clearselectors", "Takes away the selectors before it."],
  ])("%s", (text, sentence) => {
    const rule = ruleOf(text, 0);

    expect(rule.sentence).toBe(sentence);
    expect(rule.problem).toBeUndefined();
  });
});

test("every wrong rule is marked with its reason, and the others count as if it were not there", () => {
  const { rules, problem, normalForm, summary } = explainAccessString(
    "on ~app:* +nothing +@nothing +config +get",
    "valkey",
  );

  expect(rules.map((rule) => rule.problem)).toEqual([
    undefined,
    undefined,
    "There is no such command.",
    "There is no such category of commands.",
    "The command config is not available and cannot be part of an access string.",
    undefined,
  ]);
  expect(problem).toBe("+nothing: there is no such command.");
  expect(normalForm).toBeUndefined();
  expect(summary).toContain("May use GET.");
});

test("what may be a password is shown as stars, also inside a selector", () => {
  for (const text of ["on >secret-word", "on (>secret-word)", "on (+get >secret-word", "on ( <secret-word )"]) {
    const explained = explainAccessString(text, "valkey");

    expect(JSON.stringify(explained.rules)).not.toContain("secret-word");
    expect(explained.problem).toBeDefined();
  }
});

test("a rule inside a selector is marked, and the selector with it", () => {
  const selector = ruleOf("on (~a +nothing +get)", 1);

  expect(selector.problem).toBe("A rule inside is refused.");
  expect(selector.inner?.map((rule) => rule.problem)).toEqual([undefined, "There is no such command.", undefined]);
});

test("a selector that is not closed says so", () => {
  expect(ruleOf("on (+get ~a", 1).problem).toBe("The selector (+get ~a is not closed.");
});

describe("what later rules make of a rule is said", () => {
  const overruled = (by: string) => `Has no effect: ${by} behind it overrules it.`;
  test.each([
    ["off on", 0, undefined],
    ["on off", 0, overruled("off")],
    ["on on", 0, undefined],
    ["on on", 1, "It is so already."],
    ["on -@all", 1, undefined],
    ["on ~a ~a", 2, "It is so already."],
    ["on +get -@all +set", 1, overruled("-@all")],
    ["on ~a ~* +@all", 1, overruled("~*")],
    ["on ~a resetkeys", 1, overruled("resetkeys")],
    ["on ~a resetkeys ~b", 2, undefined],
    ["on +get -get", 1, overruled("-get")],
    ["on +get +set +get", 1, overruled("+get")],
    ["on +client|list -client", 1, overruled("-client")],
    ["on (+get) clearselectors", 1, overruled("clearselectors")],
    ["on %R~a ~a", 1, overruled("~a")],
    ["on ~* resetkeys ~a", 1, overruled("resetkeys")],
    ["on ~* resetkeys ~a", 2, undefined],
    ["on resetchannels &a", 1, undefined],
    ["on &a resetchannels &b", 2, undefined],
    ["on resetchannels &*", 1, overruled("&*")],
    ["on &a &*", 1, overruled("&*")],
    ["on db=1 db=2", 1, overruled("db=2")],
  ])("%s, rule %i", (text, place, note) => {
    expect(ruleOf(text, place).note).toBe(note);
  });
});

test("notes are said inside selectors too", () => {
  expect(ruleOf("on (~a +get -@all)", 1).inner?.map((rule) => rule.note)).toEqual([
    undefined,
    "Has no effect: -@all behind it overrules it.",
    undefined,
  ]);
});

test("a rule tells the engine version that it needs, where that is newer than all with users", () => {
  expect(ruleOf("+hexpire", 0).version).toBe("9.0");
  expect(ruleOf("db=0", 0).version).toBe("9.1");
  expect(ruleOf("%R~a", 0).version).toBeUndefined();
  expect(explainAccessString("%R~a &x -client|kill (+get)", "redis").rules.map((rule) => rule.version)).toEqual([
    "7.0",
    "6.2",
    "7.0",
    "7.0",
  ]);
});

test("what an engine will never have is refused as a whole", () => {
  const { rules, problem } = explainAccessString("on +hexpire", "redis");

  expect(problem).toBe("it needs engine version 9.0, and this engine's last one is 7.1.");
  expect(rules[1]?.version).toBe("9.0");
});

test("a character that cannot be printed is refused as a whole", () => {
  expect(explainAccessString("on ~a\u0007", "valkey")).toEqual({
    rules: [],
    problem: "it has a character that cannot be printed.",
    summary: [],
  });
});

test("an empty string is a user that may nothing", () => {
  expect(explainAccessString("", "valkey")).toMatchObject({
    rules: [],
    normalForm: "off -@all",
    minimumVersion: "7.2",
  });
});

test("very long strings are explained without notes", () => {
  const text = Array.from({ length: 400 }, () => "+get").join(" ");

  const { rules } = explainAccessString(text, "valkey");

  expect(rules).toHaveLength(400);
  expect(rules.every((rule) => rule.note === undefined)).toBe(true);
});
