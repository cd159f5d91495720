import { expect, test } from "vitest";
import {
  accessModifications,
  encryptedPortBeside,
  encryptionModifications,
  isNextEncryption,
  pendingEncryption,
  refusalOfToken,
} from "./access";

const TOKEN = "This-is-a-token-of-32-characters";

test("a token is as long as AWS wants it, and has only characters that it takes", () => {
  expect(refusalOfToken(TOKEN)).toBeUndefined();
  expect(refusalOfToken("short")).toContain("16");
  expect(refusalOfToken("x".repeat(129))).toContain("128");
  expect(refusalOfToken(`${TOKEN}@`)).toContain("ASCII");
  expect(refusalOfToken(`${TOKEN}ü`)).toContain("ASCII");
});

test("an open cache gets a user group", () => {
  expect(accessModifications({ kind: "open" }, { kind: "users", userGroupId: "shop" })).toEqual({
    ApplyImmediately: true,
    UserGroupIdsToAdd: ["shop"],
  });
});

test("a token is given up along with the user group that takes its place", () => {
  expect(accessModifications({ kind: "AUTH token" }, { kind: "users", userGroupId: "shop" })).toEqual({
    ApplyImmediately: true,
    UserGroupIdsToAdd: ["shop"],
    AuthTokenUpdateStrategy: "DELETE",
  });
});

test("one user group takes the place of another", () => {
  const present = { kind: "users", userGroupId: "old" } as const;

  expect(accessModifications(present, { kind: "users", userGroupId: "new" })).toEqual({
    ApplyImmediately: true,
    UserGroupIdsToAdd: ["new"],
    UserGroupIdsToRemove: ["old"],
  });
  expect(accessModifications(present, { kind: "users", userGroupId: "old" })).toBeUndefined();
});

test("after a user group the first token is set, never rotated", () => {
  expect(accessModifications({ kind: "users", userGroupId: "old" }, { kind: "AUTH token", token: TOKEN })).toEqual({
    ApplyImmediately: true,
    RemoveUserGroups: true,
    AuthToken: TOKEN,
    AuthTokenUpdateStrategy: "SET",
  });
});

test("a cache with a token is not opened to everybody: AWS has no such call", () => {
  expect(accessModifications({ kind: "AUTH token" }, { kind: "open" })).toBeUndefined();
});

test("encryption goes one step at a time", () => {
  expect(isNextEncryption("off", "preferred")).toBe(true);
  expect(isNextEncryption("off", "required")).toBe(false);
  expect(isNextEncryption("required", "off")).toBe(false);
  expect(encryptionModifications("off")).toEqual({ ApplyImmediately: true, TransitEncryptionEnabled: false });
  expect(encryptionModifications("preferred").TransitEncryptionMode).toBe("preferred");
});

test("a step that is not done is seen as pending", () => {
  expect(pendingEncryption(undefined)).toBeUndefined();
  expect(pendingEncryption({})).toBeUndefined();
  expect(pendingEncryption({ TransitEncryptionEnabled: false })).toBe("off");
  expect(pendingEncryption({ TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" })).toBe("preferred");
});

test("the port beside the last one is before it", () => {
  expect(encryptedPortBeside(6379)).toBe(6380);
  expect(encryptedPortBeside(65_535)).toBe(65_534);
});
