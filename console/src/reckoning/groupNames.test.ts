import { expect, test } from "vitest";
import { parameterGroupNameRefusal, subnetGroupNameRefusal } from "./groupNames";

test("a parameter group's name is an identifier", () => {
  const names = [
    "tuned",
    "Tuned-2",
    "",
    "2tuned",
    "tuned-",
    "a--b",
    "a.b",
    "ä",
    "a b",
    "a".repeat(255),
    "a".repeat(256),
  ];
  const accepted = names.filter((name) => parameterGroupNameRefusal(name) === undefined);
  expect(accepted).toEqual(["tuned", "Tuned-2", "a".repeat(255)]);
});

test("a subnet group's name may begin with a digit, and is not that of the built-in one", () => {
  const names = ["inner", "2-inner", "", "in ner", "default", "Default", "a".repeat(256)];
  const accepted = names.filter((name) => subnetGroupNameRefusal(name) === undefined);
  expect(accepted).toEqual(["inner", "2-inner"]);
});
