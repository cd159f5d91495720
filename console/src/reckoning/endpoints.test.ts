import type { CacheCluster, ReplicationGroup } from "@aws-sdk/client-elasticache";
import { expect, test } from "vitest";
import { cacheOfCluster, cacheOfGroup } from "../caches";
import { endpointsOf } from "./endpoints";

function group(more: ReplicationGroup): ReturnType<typeof endpointsOf> {
  const one: ReplicationGroup = {
    NodeGroups: [
      { PrimaryEndpoint: { Address: "127.0.0.1", Port: 6379 }, ReaderEndpoint: { Address: "127.0.0.2", Port: 6379 } },
    ],
    ...more,
  };
  return endpointsOf({ cache: cacheOfGroup(one), group: one });
}

test("a group without cluster mode has a primary and a reader endpoint", () => {
  expect(group({}).map((one) => [one.kind, one.address, one.plainPort, one.tlsPort])).toEqual([
    ["primary", "127.0.0.1", 6379, undefined],
    ["reader", "127.0.0.2", 6379, undefined],
  ]);
});

test("where encryption is required, the cache's port is for TLS alone", () => {
  const [primary] = group({ TransitEncryptionEnabled: true, TransitEncryptionMode: "required" });
  expect([primary?.plainPort, primary?.tlsPort]).toEqual([undefined, 6379]);
});

test("where encryption is preferred, TLS is at the port beside", () => {
  const [primary] = group({ TransitEncryptionEnabled: true, TransitEncryptionMode: "preferred" });
  expect([primary?.plainPort, primary?.tlsPort]).toEqual([6379, 6380]);
});

test("a cluster has its configuration endpoint alone", () => {
  const one = { ConfigurationEndpoint: { Address: "127.0.0.3", Port: 6379 }, NodeGroups: [{ NodeGroupId: "0001" }] };
  expect(group(one).map(({ kind }) => kind)).toEqual(["configuration"]);
});

test("a cache cluster on its own has its node's", () => {
  const cluster: CacheCluster = { CacheNodes: [{ Endpoint: { Address: "127.0.0.4", Port: 6379 } }] };
  expect(endpointsOf({ cache: cacheOfCluster(cluster), cluster }).map(({ kind }) => kind)).toEqual(["node"]);
});

test("what is not told yet is not shown", () => {
  expect(group({ NodeGroups: [] })).toEqual([]);
});

test("a Memcached cluster has its configuration endpoint, and those of its nodes stand beside the nodes", () => {
  const cluster: CacheCluster = {
    Engine: "memcached",
    ConfigurationEndpoint: { Address: "127.0.0.5", Port: 11211 },
    CacheNodes: [{ Endpoint: { Address: "127.0.0.4", Port: 11211 } }],
  };
  const endpoints = (more: CacheCluster = {}) => {
    const one = { ...cluster, ...more };
    return endpointsOf({ cache: cacheOfCluster(one), cluster: one });
  };

  expect(endpoints()).toMatchObject([{ kind: "configuration", address: "127.0.0.5", plainPort: 11211 }]);
  expect(endpoints({ TransitEncryptionEnabled: true })[0]).toMatchObject({ tlsPort: 11211 });
  expect(endpoints({ ConfigurationEndpoint: undefined })).toEqual([]);
});
