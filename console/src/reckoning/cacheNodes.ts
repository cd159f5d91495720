/**
 * The nodes of a Memcached cluster: what AWS's answer tells of each, and beside it what the control plane sees. None
 * knows of another, so there are no roles and no links.
 */

import type { CacheCluster } from "@aws-sdk/client-elasticache";
import type { ExplainedNode, Explanation } from "../elastane";
import { counted } from "../words/numbers";
import { NOT_STARTED } from "./topology";

export interface ShownCacheNode {
  id: string;
  /** AWS's word, as `available`. */
  status: string;
  zone: string;
  /** Empty while it has none. */
  address: string;
  port?: number;
  createdAt?: Date;
  /** Its own: while the cluster comes to another one, some nodes have it already. */
  nodeType: string;
  /** AWS's word: `in-sync`, or `pending-reboot` where values of parameters wait for a reboot. */
  parameterStatus: string;
  /** Elastane's word, as `ready`; absent where nobody says. */
  health?: string;
  /** Why it is so. */
  sentence?: string;
  version?: string;
  /** Whether clients are told of it; absent where nobody says. */
  isPublished?: boolean;
  isLeaving: boolean;
}

/** While the cluster is created and deleted AWS's answer has no nodes: then what is seen is all that is shown. */
export function cacheNodesOf(
  cluster: CacheCluster | undefined,
  explanation: Pick<Explanation, "Nodes"> | undefined,
): ShownCacheNode[] {
  const told = new Map((cluster?.CacheNodes ?? []).map((node) => [node.CacheNodeId ?? "", node]));
  const seen = new Map((explanation?.Nodes ?? []).map((node) => [node.NodeId, node]));
  // One that has left is known to the older of both answers alone, and shown until that comes anew.
  const ids = [...new Set([...told.keys(), ...seen.keys()])].sort();
  const toReboot = new Set(cluster?.CacheParameterGroup?.CacheNodeIdsToReboot);
  return ids.map((id) => {
    const [node, last] = [told.get(id), seen.get(id)];
    return {
      id,
      status: last?.Status ?? node?.CacheNodeStatus ?? "",
      zone: node?.CustomerAvailabilityZone ?? last?.Zone ?? "",
      address: node?.Endpoint?.Address ?? "",
      port: node?.Endpoint?.Port,
      createdAt: node?.CacheNodeCreateTime,
      nodeType: last?.NodeType ?? cluster?.CacheNodeType ?? "",
      parameterStatus: toReboot.has(id) ? "pending-reboot" : (node?.ParameterGroupStatus ?? ""),
      ...(last !== undefined && seenOf(last)),
      isLeaving: last?.IsLeaving === true || node?.CacheNodeStatus === "deleting",
    };
  });
}

/** Of a process that never answered the version is not known: to a person it is not down, it has not started. */
function seenOf({ Health, EngineVersion, Sentence, IsPublished }: ExplainedNode): Partial<ShownCacheNode> {
  const isNew = Health === "down" && EngineVersion === undefined;
  return {
    health: isNew ? NOT_STARTED : Health,
    sentence: Sentence,
    version: EngineVersion,
    isPublished: IsPublished,
  };
}

export interface ShownDiscovery {
  kind: "good" | "waiting" | "bad";
  sentence: string;
}

/** What clients with auto discovery are told; undefined while that is not known. */
export function discoveryOf(
  explanation: Pick<Explanation, "Publication" | "ConfigurationEndpoint"> | undefined,
): ShownDiscovery | undefined {
  const { Publication: list, ConfigurationEndpoint: endpoint } = explanation ?? {};
  if (list === undefined || endpoint === undefined) return undefined;
  if (list.Version === 0) {
    return { kind: "waiting", sentence: "Clients are told of the nodes once all of them are ready." };
  }
  const what = `version ${list.Version} of the list of nodes`;
  if (endpoint.Health !== "ready") {
    const why = endpoint.Sentence === undefined ? "" : `: ${endpoint.Sentence}`;
    return { kind: "bad", sentence: `The configuration endpoint is ${endpoint.Health}${why}. Nobody is told ${what}.` };
  }
  if ((endpoint.Version ?? 0) < list.Version) {
    return { kind: "waiting", sentence: `The configuration endpoint is about to tell ${what}.` };
  }
  return { kind: "good", sentence: `Clients are told ${what}: ${list.NodeIds.join(", ")}.` };
}

export interface ZoneOfNodes {
  zone: string;
  nodes: ShownCacheNode[];
}

/** By zone, in the order of the names: what is lost together stands together. */
export function byZone(nodes: readonly ShownCacheNode[]): ZoneOfNodes[] {
  const zones = new Map<string, ShownCacheNode[]>();
  for (const node of nodes) zones.set(node.zone, [...(zones.get(node.zone) ?? []), node]);
  return [...zones]
    .map(([zone, inIt]) => ({ zone, nodes: inIt }))
    .sort((one, other) => (one.zone < other.zone ? -1 : 1));
}

/** ``3 nodes in 2 zones, all ready``; ``3 nodes in 1 zone: 2 ready, 1 starting``. */
export function nodesSummary(nodes: readonly ShownCacheNode[]): string {
  const size = `${counted(nodes.length, "node")} in ${counted(byZone(nodes).length, "zone")}`;
  const counts = new Map<string, number>();
  for (const { health } of nodes) if (health !== undefined) counts.set(health, (counts.get(health) ?? 0) + 1);
  if (counts.size === 0) return size;
  if (counts.size === 1 && counts.get("ready") === nodes.length)
    return `${size}, ${nodes.length > 1 ? "all " : ""}ready`;
  return `${size}: ${[...counts].map(([health, count]) => `${count} ${health}`).join(", ")}`;
}

export function endpointWords({ address, port }: Pick<ShownCacheNode, "address" | "port">): string {
  return address === "" || port === undefined ? "" : `${address}:${port}`;
}
