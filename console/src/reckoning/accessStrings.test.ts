// The tables are those of the control plane's own tests (tests/unit/model/test_access_strings.py), so that what the
// console says of a string is what the API makes of it.

import { describe, expect, test } from "vitest";
import { AccessStringError, minimumVersion, parseAccessString, renderAccessString } from "./accessStrings";
import { vocabulary } from "./accessVocabulary";

const VALKEY = vocabulary("valkey");
const REDIS = vocabulary("redis");

function normal(text: string): string {
  return renderAccessString(parseAccessString(text, VALKEY));
}

function refusal(text: string, words = VALKEY): string {
  try {
    parseAccessString(text, words);
  } catch (error) {
    if (error instanceof AccessStringError) return error.message;
    throw error;
  }
  return "";
}

describe("an access string has one normal form", () => {
  test.each([
    // AWS's own examples: user guide, Clusters.RBAC
    ["on ~* +@all", "on ~* +@all"],
    ["off +get ~keys*", "off ~keys* -@all +get"],
    ["~objects:* ~items:* ~public:*", "off ~objects:* ~items:* ~public:* -@all"],
    ["on ~app::* -@all +@read", "on ~app::* -@all +@read"],
    [
      "on ~app::* -@all +@read +@hash -setbit -bitfield -hset",
      "on ~app::* -@all +@read +@hash -setbit -bitfield -hset",
    ],
    // on and off
    ["", "off -@all"],
    ["on off", "off -@all"],
    ["OFF ON", "on -@all"],
    // keys
    ["on allkeys", "on ~* -@all"],
    ["on ~a ~b ~a", "on ~a ~b -@all"],
    ["on ~a ~*", "on ~* -@all"],
    ["on ~a resetkeys ~b", "on ~b -@all"],
    ["on %R~a %W~b %RW~c", "on %R~a %W~b ~c -@all"],
    ["on %r~a %w~a", "on ~a -@all"],
    ["on %R~* %W~*", "on ~* -@all"],
    ["on %R~* ~a", "on %R~* ~a -@all"],
    // channels
    ["on &a &b &a", "on resetchannels &a &b -@all"],
    ["on &a &*", "on &* -@all"],
    ["on allchannels resetchannels", "on resetchannels -@all"],
    // databases
    ["on db=3,1,3", "on db=1,3 -@all"],
    ["on db=1 db=2", "on db=2 -@all"],
    ["on resetdbs", "on resetdbs -@all"],
    ["on db=1 alldbs", "on -@all"],
    // commands
    ["on +GET +@Read", "on -@all +get +@read"],
    ["on +get -@read +get", "on -@all -@read +get"],
    ["on +@all -keys nocommands +get", "on -@all +get"],
    ["on allcommands -keys", "on +@all -keys"],
    ["on +client|list -client", "on -@all -client"],
    ["on +client -client|kill", "on -@all +client -client|kill"],
    ["on +@read +@write -@read", "on -@all +@write -@read"],
    // selectors
    ["on (+get ~a)", "on -@all (~a -@all +get)"],
    ["on (~a +@all &x) ~b", "on ~b -@all (~a resetchannels &x +@all)"],
    ["on ()", "on -@all (-@all)"],
    ["on ( +get )", "on -@all (-@all +get)"],
    ["on (+get) clearselectors (+set)", "on -@all (-@all +set)"],
    // copied from ACL LIST
    ["on sanitize-payload ~* &* +@all", "on ~* &* +@all"],
    ["  on   ~*  ", "on ~* -@all"],
  ])("%s", (text, expected) => {
    expect(normal(text)).toBe(expected);
    expect(normal(expected)).toBe(expected);
  });
});

describe("what is no rule for customers is refused, with the API's sentence", () => {
  test.each([
    ["on >secret-password", "parameters of their own"],
    ["on <secret-password", "parameters of their own"],
    ["on #0123", "parameters of their own"],
    ["on !0123", "parameters of their own"],
    ["on nopass", "nopass: passwords"],
    ["on resetpass", "resetpass: passwords"],
    ["reset on", "reset: passwords"],
    ["on skip-sanitize-payload", "not a rule"],
    ["on ~* ~a", "behind ~*"],
    ["on ~* %R~*", "behind ~*"],
    ["on &* &a", "behind &*"],
    ["on ~", "not a pattern of keys"],
    ["on %~a", "not a pattern of keys"],
    ["on %RR~a", "not a pattern of keys"],
    ["on &", "not a rule"],
    ["on db=", "not a rule"],
    ["on db=a", "not a rule"],
    ["on db=-1", "not a rule"],
    ["on db=10000", "9999 at most"],
    ["on +", "no such command"],
    ["on +nothing", "no such command"],
    ["on -nothing", "no such command"],
    ["on +get|", "no such command"],
    ["on +select|0", "no such command"],
    ["on +@nothing", "no such category"],
    ["on +nothing +@all", "no such command"],
    ["on +config", "config is not available"],
    ["on -CONFIG", "config is not available"],
    ["on +config|get", "config|get is not available"],
    ["on +@all -debug", "debug is not available"],
    ["on +acl|setuser", "acl|setuser is not available"],
    ["on +cluster|meet", "cluster|meet is not available"],
    ["on (+shutdown ~*)", "shutdown is not available"],
    ["on (+get", "is not closed"],
    ["on (on)", "not a rule"],
    ["on (clearselectors)", "not a rule"],
    ["on ((+get))", "may end with a bracket"],
    ["on (~a) +get)", "no such command"],
    ["on (+get ~foo))", "may end with a bracket"],
    ["on (+get ~it's)", "quotation marks"],
    ["on ~a\n+@all", "cannot be printed"],
    ["on ~a\u0000", "cannot be printed"],
    ["on ~a\u00a0b", "cannot be printed"],
    ["enabled", "not a rule"],
  ])("%s", (text, words) => {
    expect(refusal(text)).toContain(words);
    expect(refusal(text)).not.toContain("secret-password");
  });
});

test.each(["on +acl|whoami", "on +acl -acl|cat", "on +cluster|nodes", "on -cluster", "on +script|load"])(
  "what is harmless of a forbidden command may be named: %s",
  (text) => {
    expect(parseAccessString(text, VALKEY).isOn).toBe(true);
  },
);

test.each([
  ["on ~* +@all", "6.0", "7.2"],
  ["on +get +client|list", "6.0", "7.2"],
  ["on +lmove", "6.2", "7.2"],
  ["on &*", "6.2", "7.2"],
  ["on resetchannels", "6.2", "7.2"],
  ["on %R~a", "7.0", "7.2"],
  ["on +client -client|list", "7.0", "7.2"],
  ["on (+get ~a)", "7.0", "7.2"],
  ["on (+get ~a) clearselectors", "6.0", "7.2"],
  ["on +function|list", "7.0", "7.2"],
])("%s needs Redis OSS %s and Valkey %s", (text, ofRedis, ofValkey) => {
  expect(minimumVersion(parseAccessString(text, REDIS), REDIS)).toBe(ofRedis);
  expect(minimumVersion(parseAccessString(text, VALKEY), VALKEY)).toBe(ofValkey);
});

test.each([
  ["on db=0", "9.1"],
  ["on (db=0 +get)", "9.1"],
  ["on +hexpire", "9.0"],
  ["on (+script|show)", "8.0"],
])("%s needs Valkey %s and is refused to Redis OSS", (text, version) => {
  expect(minimumVersion(parseAccessString(text, VALKEY), VALKEY)).toBe(version);
  expect(refusal(text, REDIS)).toContain(`needs engine version ${version}`);
});

/** Chosen by a seed, so that a failure comes again. */
function chance(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * bound);
  };
}

test("any string of rules keeps its meaning in the normal form, and any other is refused with a sentence", () => {
  const words =
    "on off ON ~a ~* %R~a %W~a %rw~b* ~ & &a &* resetkeys allkeys resetchannels allchannels +get -get +@all -@all +@read " +
    "-@READ +client -client|kill +config +nothing +@nothing +acl|whoami -cluster db=1,0,1 db=x resetdbs alldbs nopass " +
    "(+get ~a) (~b (%R~a -@all +@read) (( ) clearselectors sanitize-payload ~it's +get| + - +hexpire >word";
  const all = words.split(" ");
  const next = chance(8);
  let acceptedCount = 0;
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: 1 + next(5) }, () => all[next(all.length)]).join(" ");
    const sentence = refusal(text);
    if (sentence === "") {
      acceptedCount += 1;
      expect(normal(normal(text)), text).toBe(normal(text));
    } else expect(sentence, text).toMatch(/\.$/);
  }
  expect(acceptedCount).toBeGreaterThan(300);
});
