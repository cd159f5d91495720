import type { User } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { changeWords, letsInEverybody, membershipChange, membersProblems, neededVersion } from "./userGroups";

function user(id: string, changes: Partial<User> = {}): User {
  const first = { UserId: id, UserName: id, Engine: "valkey", Status: "active", AccessString: "on ~* +@all" };
  return { ...first, MinimumEngineVersion: "7.2", Authentication: { Type: "password", PasswordCount: 1 }, ...changes };
}

const BUILT_IN = user("default", {
  Engine: "redis",
  MinimumEngineVersion: "6.0",
  Authentication: { Type: "no-password" },
});

test("a user group of Valkey may have nobody, and needs nobody named default", () => {
  expect(membersProblems("valkey", [])).toEqual([]);
  expect(membersProblems("valkey", [user("lea"), user("old", { Engine: "redis" })])).toEqual([]);
});

test("a user group of Valkey holds only users who authenticate", () => {
  expect(membersProblems("valkey", [BUILT_IN])).toEqual([
    "default has no password, and a user group of Valkey holds only users who authenticate.",
  ]);
  expect(membersProblems("valkey", [user("lea", { Authentication: { Type: "iam" } })])).toEqual([]);
});

test("a user group of Redis OSS needs a user with the name default, whatever its id", () => {
  const closed = user("closed", { UserName: "default", Engine: "redis" });

  expect(membersProblems("redis", [])[0]).toContain("the name default");
  expect(membersProblems("redis", [BUILT_IN])).toEqual([]);
  expect(membersProblems("redis", [closed])).toEqual([]);
});

test("a user group of Redis OSS holds no user of Valkey", () => {
  expect(membersProblems("redis", [BUILT_IN, user("lea")])).toEqual([
    "lea is a user of Valkey, and a user group of Redis OSS holds only users of Redis OSS.",
  ]);
});

test("who is unfit for one reason is named in one sentence", () => {
  expect(membersProblems("redis", [BUILT_IN, user("lea"), user("max"), user("tom", { Status: "deleting" })])).toEqual([
    "lea and max are users of Valkey, and a user group of Redis OSS holds only users of Redis OSS.",
    "tom is being deleted.",
  ]);
});

test("two users with one name cannot be together", () => {
  const other = user("other", { UserName: "lea" });

  expect(membersProblems("valkey", [user("lea"), other])).toEqual([
    "lea and other have one name, lea: a user group can have only one of them.",
  ]);
});

test("quotas are told, and users that go", () => {
  const many = Array.from({ length: 101 }, (_, number) => user(`u${number}`, { Authentication: { Type: "iam" } }));

  expect(membersProblems("valkey", many)).toEqual([
    "A user group has 100 users at most.",
    "A user group has 32 users of IAM at most.",
  ]);
  expect(membersProblems("valkey", [user("lea", { Status: "deleting" })])).toEqual(["lea is being deleted."]);
});

test("everybody is let in by a user named default without a password that is on", () => {
  expect(letsInEverybody([user("lea"), BUILT_IN])).toBe(true);
  expect(letsInEverybody([{ ...BUILT_IN, AccessString: "off -@all" }])).toBe(false);
  expect(letsInEverybody([user("closed", { UserName: "default" })])).toBe(false);
});

test("the newest version that any of them needs is needed", () => {
  expect(neededVersion("redis", [BUILT_IN])).toBe("6.0");
  expect(neededVersion("valkey", [user("lea", { MinimumEngineVersion: "9.0" }), user("old")])).toBe("9.0");
  expect(neededVersion("valkey", [])).toBe("7.2");
});

test("who comes and who goes is told", () => {
  expect(membershipChange(["a", "b"], ["b", "c", "d"])).toEqual({ added: ["c", "d"], removed: ["a"] });
  expect(changeWords({ added: ["c", "d"], removed: ["a"] })).toBe("2 users come in and 1 user goes out");
  expect(changeWords({ added: [], removed: [] })).toBe("");
});
