import { expect, test } from "vitest";
import {
  authenticationProblem,
  generatedPassword,
  idProblem,
  nameProblem,
  passwordProblem,
  passwordsProblem,
} from "./users";

test.each(["a", "lea", "Lea", "a-b-1", "a".repeat(40)])("%s is an id", (id) => {
  expect(idProblem(id)).toBeUndefined();
});

test.each(["", "1a", "-a", "a-", "a--b", "a_b", "a b", "é", "a".repeat(41)])("%s is no id", (id) => {
  expect(idProblem(id)).toMatch(/\.$/);
});

test("a name is what an engine can be sent, and none of the control plane's own", () => {
  expect(nameProblem("Lea:1")).toBeUndefined();
  expect(nameProblem("default")).toBeUndefined();
  for (const name of ["", "a b", "a\u0000", "a\u00a0b", "a".repeat(121), "elastane", "Elastane-2"]) {
    expect(nameProblem(name), name).toMatch(/\.$/);
  }
});

test("a password has 16 to 128 letters that every client can send", () => {
  expect(passwordProblem("a-password-of-24-letters")).toBeUndefined();
  expect(passwordProblem(" ~!#$%^&*()_+=[]{};:'<>?\\|")).toBeUndefined();
  expect(passwordProblem("x".repeat(128))).toBeUndefined();
  for (const password of ["x".repeat(15), "x".repeat(129), "é".repeat(20), `${"x".repeat(20)}\n`]) {
    expect(passwordProblem(password)).toBeDefined();
  }
  for (const letter of ',"/@') expect(passwordProblem(`${"x".repeat(20)}${letter}`)).toContain("Without");
});

test("what is said of a password does not name it", () => {
  expect(passwordProblem("short-secret")).not.toContain("short-secret");
});

test("one password or two that differ", () => {
  const [one, other] = ["x".repeat(20), "y".repeat(20)] as const;

  expect(passwordsProblem([one])).toBeUndefined();
  expect(passwordsProblem([one, other])).toBeUndefined();
  expect(passwordsProblem([])).toBeDefined();
  expect(passwordsProblem([one, one])).toContain("differ");
  expect(passwordsProblem([one, "short"])).toContain("16");
  expect(passwordsProblem([one, other, "z".repeat(20)])).toContain("At most");
});

test("a generated password is one that the API takes, and each is another", () => {
  const passwords = Array.from({ length: 200 }, () => generatedPassword());

  for (const password of passwords) expect(passwordProblem(password)).toBeUndefined();
  expect(new Set(passwords).size).toBe(200);
});

test("every letter of a generated password has the same chance", () => {
  const every = generatedPassword((bytes) => bytes.map((_, place) => place * 2));

  expect(new Set(every).size).toBe(32);
  expect(generatedPassword((bytes) => bytes.fill(255))).toBe("_".repeat(32));
});

test("a user of Valkey authenticates, and one of IAM has one name", () => {
  expect(authenticationProblem("valkey", "no-password", "a", "a")).toContain("must have a password");
  expect(authenticationProblem("redis", "no-password", "a", "a")).toBeUndefined();
  expect(authenticationProblem("redis", "iam", "lea", "LEA")).toContain("must be the id");
  expect(authenticationProblem("redis", "iam", "Lea", "lea")).toBeUndefined();
  expect(authenticationProblem("valkey", "password", "a", "b")).toBeUndefined();
});
