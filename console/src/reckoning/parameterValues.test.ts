import { expect, test } from "vitest";
import { allowedWords, choicesOf, type ValueRules, valueRefusal } from "./parameterValues";

const integer = (allowedValues: string): ValueRules => ({ name: "one", dataType: "integer", allowedValues });
const string = (allowedValues?: string): ValueRules => ({ name: "one", dataType: "string", allowedValues });
const float: ValueRules = { name: "chunk_size_growth_factor", dataType: "float", allowedValues: "1-1024" };
const keyspace: ValueRules = { name: "notify-keyspace-events", dataType: "string" };

const accepted = (rules: ValueRules, ...values: string[]) =>
  values.filter((value) => valueRefusal(rules, value) === undefined);

test("a range has both its ends and nothing beyond them", () => {
  expect(accepted(integer("0-100"), "-1", "0", "1", "99", "100", "101")).toEqual(["0", "1", "99", "100"]);
});

test("an integer is written as one", () => {
  expect(accepted(integer("0-100"), "", " 1", "1.0", "01", "+1", "1e1", "-0", "0x1", "one")).toEqual([]);
  expect(valueRefusal(integer("0-100"), "1.5")).toBe("A whole number: 0 to 100.");
});

test("a range may begin below zero and be open", () => {
  expect(accepted(integer("-1-"), "-2", "-1", "0", "4611686018427387904")).toEqual(["-1", "0", "4611686018427387904"]);
});

test("integers are compared exactly where a floating number would round", () => {
  const rules = integer("0-9007199254740993");
  expect(accepted(rules, "9007199254740993", "9007199254740994")).toEqual(["9007199254740993"]);
});

test("of several ranges and values one is enough", () => {
  expect(accepted(integer("0,20-"), "0", "1", "19", "20", "21")).toEqual(["0", "20", "21"]);
  expect(accepted(integer("1-3,7-9"), "3", "4", "6", "7", "9", "10")).toEqual(["3", "7", "9"]);
});

test("an enumeration has its words, in their case", () => {
  expect(accepted(string("yes,no"), "yes", "no", "Yes", "", "yes,no")).toEqual(["yes", "no"]);
  expect(valueRefusal(string("yes,no"), "maybe")).toBe("Allowed: yes or no.");
});

test("a word with a hyphen is no range", () => {
  expect(accepted(string("volatile-lru,noeviction"), "volatile-lru", "volatile")).toEqual(["volatile-lru"]);
  expect(accepted({ name: "one", dataType: "boolean", allowedValues: "0,1" }, "0", "1", "2")).toEqual(["0", "1"]);
});

test("a float is more than its range's lower end, with four figures at most", () => {
  expect(accepted(float, "1", "1.0001", "1.25", "1024", "1024.5", "1.00001", "-2", "1,5")).toEqual([
    "1.0001",
    "1.25",
    "1024",
  ]);
});

test("where the API lists nothing, anything may be typed", () => {
  expect(accepted(string(), "", "whatever")).toEqual(["", "whatever"]);
});

test("keyspace events are known characters, each once, and no n beside A", () => {
  expect(accepted(keyspace, "", "Ex", "KEA", "Kn")).toEqual(["", "Ex", "KEA", "Kn"]);
  expect(accepted(keyspace, "Q", "EE", "An", "g$lshzxetdn")).toEqual([]);
});

test("what is chosen from is offered only where nothing else is allowed", () => {
  expect(choicesOf(string("yes,no"))).toEqual(["yes", "no"]);
  expect(choicesOf(integer("0,1,2"))).toEqual(["0", "1", "2"]);
  expect(choicesOf(integer("0,20-"))).toBeUndefined();
  expect(choicesOf(integer("5000"))).toBeUndefined();
  expect(choicesOf(string())).toBeUndefined();
});

test("what is allowed is told in words", () => {
  expect(allowedWords(integer("0-100"))).toBe("0 to 100");
  expect(allowedWords(integer("0,20-"))).toBe("0, or 20 and more");
  expect(allowedWords(string("yes,no"))).toBe("yes or no");
  expect(allowedWords(string("always,everysec,no"))).toBe("always, everysec or no");
  expect(allowedWords(float)).toBe("over 1 up to 1024");
  expect(allowedWords(string())).toBe("");
});
