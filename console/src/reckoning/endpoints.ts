/** Where a cache is reached, by purpose, with the port for plain connections and the one for TLS. */

import type { CacheCluster } from "@aws-sdk/client-elasticache";
import { type Cache, isMemcached, type Subject } from "../caches";
import { encryptedPortBeside } from "./access";

export interface ShownEndpoint {
  kind: "primary" | "reader" | "configuration" | "node";
  label: string;
  hint: string;
  address: string;
  /** Absent where there are only TLS connections. */
  plainPort?: number;
  /** Absent where there are only plain ones. */
  tlsPort?: number;
}

export function endpointsOf({ cache, group, cluster }: Subject): ShownEndpoint[] {
  if (isMemcached(cache)) return memcachedEndpoints(cache, cluster);
  const shard = group?.NodeGroups?.[0];
  const told = [
    { kind: "configuration", endpoint: group?.ConfigurationEndpoint },
    { kind: "primary", endpoint: shard?.PrimaryEndpoint },
    { kind: "reader", endpoint: shard?.ReaderEndpoint },
    { kind: "node", endpoint: group === undefined ? cluster?.CacheNodes?.[0]?.Endpoint : undefined },
  ] as const;
  return told.flatMap(({ kind, endpoint }) => {
    if (!endpoint?.Address || endpoint.Port === undefined) return [];
    const ports = portsOf(endpoint.Port, cache.encryption);
    return [{ kind, ...WORDS[kind], address: endpoint.Address, ...ports }];
  });
}

/** Where each of its nodes is stands beside the node. */
function memcachedEndpoints(cache: Cache, cluster: CacheCluster | undefined): ShownEndpoint[] {
  const { Address: address, Port: port } = cluster?.ConfigurationEndpoint ?? {};
  if (!address || port === undefined) return [];
  const hint = "Clients with auto discovery learn all nodes here; others reach one node by it.";
  return [
    { kind: "configuration", label: WORDS.configuration.label, hint, address, ...portsOf(port, cache.encryption) },
  ];
}

const WORDS: Record<ShownEndpoint["kind"], { label: string; hint: string }> = {
  configuration: { label: "Configuration endpoint", hint: "Cluster clients learn all nodes here." },
  primary: { label: "Primary endpoint", hint: "Reads and writes; it follows the primary's role." },
  reader: { label: "Reader endpoint", hint: "Reads that may be a moment behind." },
  node: { label: "Endpoint", hint: "Reads and writes." },
};

/** Where both are taken, each kind has a port of its own: no engine takes both at one. */
function portsOf(port: number, encryption: Subject["cache"]["encryption"]) {
  if (encryption === "off") return { plainPort: port };
  if (encryption === "required") return { tlsPort: port };
  return { plainPort: port, tlsPort: encryptedPortBeside(port) };
}

/** The cache's own port, which it was made with. */
export function portOf({ cache, group, cluster }: Subject): number {
  const endpoint =
    group?.ConfigurationEndpoint ??
    group?.NodeGroups?.[0]?.PrimaryEndpoint ??
    cluster?.ConfigurationEndpoint ??
    cluster?.CacheNodes?.[0]?.Endpoint;
  return endpoint?.Port ?? (isMemcached(cache) ? 11211 : 6379);
}
