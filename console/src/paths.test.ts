import { expect, test } from "vitest";
import { href, paths } from "./paths";

test("what a customer has named cannot leave its place in an address", () => {
  expect(paths.replicationGroup("a/../b?c#d")).toBe("/replication-groups/a%2F..%2Fb%3Fc%23d");
  expect(paths.parameterGroup("default.valkey8")).toBe("/parameter-groups/default.valkey8");
});

test("an href is under the console's own address", () => {
  expect(href(paths.caches("valkey"))).toBe("/console/caches?engine=valkey");
  expect(href(paths.dashboard())).toBe("/console/");
});
