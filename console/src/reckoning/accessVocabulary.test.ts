import { expect, test } from "vitest";
import { CATEGORIES } from "../words/categories";
import { compareVersions, listsOf, vocabulary } from "./accessVocabulary";

test("the control plane's table is read whole", () => {
  const { commands, forbidden, permitted, categories } = vocabulary("valkey");

  expect(commands.get("get")).toBe("6.0");
  expect(commands.get("cluster|slaves")).toBe("6.0"); // the last of its list, with a comment behind it
  expect(commands.get("msetex")).toBe("9.1");
  expect(commands.size).toBeGreaterThan(350);
  expect(forbidden.has("config")).toBe(true);
  expect(permitted.has("cluster|nodes")).toBe(true);
  expect(categories.size).toBe(21);
});

test("every command of the table has a version, and none is a heading or a comment", () => {
  for (const [name, version] of vocabulary("valkey").commands) {
    expect(name).toMatch(/^[a-z0-9_-]+(\|[a-z-]+)?$/);
    expect(version).toMatch(/^[0-9]+\.[0-9]+$/);
  }
});

test("every category has words", () => {
  expect(CATEGORIES.map(({ name }) => name).sort()).toEqual([...vocabulary("redis").categories].sort());
});

test("lists are read with comments among them", () => {
  const lists = listsOf('# all\nfirst = [ # one\n  "a|b", "c", # two\n  "d",\n]\n[since]\n"7.0" = ["e"]\n');

  expect([...lists]).toEqual([
    ["first", ["a|b", "c", "d"]],
    ["7.0", ["e"]],
  ]);
});

test("versions are compared by their numbers", () => {
  expect(compareVersions("7.2", "7.10")).toBeLessThan(0);
  expect(compareVersions("7.0", "7")).toBe(0);
  expect(compareVersions("10.0", "9.1")).toBeGreaterThan(0);
});
