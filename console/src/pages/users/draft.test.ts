import { expect, test } from "vitest";
import { creationInput, draftOf, FIRST_DRAFT, isGood, modificationInput, nameOf, problemsOf } from "./draft";

const GOOD = { ...FIRST_DRAFT, id: "Lea", passwords: ["a-password-of-24-letters"] };
const USER = {
  UserId: "lea",
  UserName: "lea",
  Engine: "redis",
  AccessString: "on ~* -@all +get",
  Authentication: { Type: "password" as const, PasswordCount: 1 },
};

test("a draft is good when it has an id and a password", () => {
  expect(isGood(problemsOf(FIRST_DRAFT))).toBe(false);
  expect(problemsOf(GOOD)).toEqual({});
});

test("the name is the id in small letters until one is typed", () => {
  expect(nameOf(GOOD)).toBe("lea");
  expect(nameOf({ ...GOOD, name: "default" })).toBe("default");
});

test("a creation says all of it", () => {
  expect(creationInput(GOOD)).toEqual({
    UserId: "Lea",
    UserName: "lea",
    Engine: "valkey",
    AccessString: FIRST_DRAFT.accessString,
    AuthenticationMode: { Type: "password", Passwords: ["a-password-of-24-letters"] },
  });
});

test("passwords that were typed are not sent for a user who signs in otherwise", () => {
  expect(creationInput({ ...GOOD, authentication: "iam" }).AuthenticationMode).toEqual({ Type: "iam" });
  expect(creationInput({ ...GOOD, authentication: "no-password" }).AuthenticationMode).toEqual({
    Type: "no-password-required",
  });
});

test("a modification says only what differs", () => {
  const draft = draftOf(USER);

  expect(modificationInput(USER, draft)).toBeUndefined();
  expect(modificationInput(USER, { ...draft, accessString: "off -@all" })).toEqual({
    UserId: "lea",
    AccessString: "off -@all",
  });
  expect(modificationInput(USER, { ...draft, engine: "valkey" })).toEqual({ UserId: "lea", Engine: "valkey" });
  expect(modificationInput(USER, { ...draft, authentication: "password", passwords: ["x".repeat(20)] })).toEqual({
    UserId: "lea",
    AuthenticationMode: { Type: "password", Passwords: ["x".repeat(20)] },
  });
});

test("a user without a password cannot become one of Valkey and keep that", () => {
  const draft = { ...draftOf({ ...USER, Authentication: { Type: "no-password" } }), engine: "valkey" } as const;

  expect(problemsOf(draft, "no-password").authentication).toContain("must have a password");
  expect(problemsOf({ ...draft, authentication: "iam" }, "no-password").authentication).toBeUndefined();
});

test("an access string that the API would refuse, or take for none, is a problem", () => {
  expect(problemsOf({ ...GOOD, accessString: "on +nothing" }).accessString).toContain("no such command");
  expect(problemsOf({ ...GOOD, accessString: "  " }).accessString).toContain("needed");
});
