import { expect, test } from "vitest";
import { cacheOfCluster, cacheOfGroup } from "../caches";
import { whoMayConnect } from "./whoMayConnect";

function sentences(group: Parameters<typeof cacheOfGroup>[0], status = "active"): string[] {
  const cluster = { SecurityGroups: [{ SecurityGroupId: "sg-1", Status: status }] };
  return whoMayConnect({ cache: cacheOfGroup(group), group, cluster }, 6379);
}

test("an open cache without encryption says so plainly", () => {
  const [network, encryption, access] = sentences({});

  expect(network).toContain("the kernel drops everybody else");
  expect(encryption).toContain("plain");
  expect(access).toContain("Nobody is asked");
});

test("security groups that nobody enforces let in everybody", () => {
  expect(sentences({}, "not-enforced")[0]).toContain("Whoever reaches its addresses may connect");
});

test("with the mode preferred each kind of connection has a port of its own", () => {
  const group = { TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" } as const;

  expect(sentences(group)[1]).toBe("Plain connections come to port 6379, encrypted ones to port 6380.");
});

test("users are named by their user group", () => {
  expect(sentences({ UserGroupIds: ["shop"] })[2]).toContain("users of shop");
});

test("a token lets its holder do everything", () => {
  expect(sentences({ AuthTokenEnabled: true })[2]).toContain("AUTH token");
});

test("Memcached asks nobody", () => {
  const cluster = { Engine: "memcached" };

  expect(whoMayConnect({ cache: cacheOfCluster(cluster), cluster }, 11211)[2]).toContain("Memcached asks nobody");
});
