/**
 * The picture of a cache: its shards with their slots, their nodes, and the links between these. Put together from what
 * ExplainCache knows; where that cannot be asked, from what AWS's own actions tell, which is less and says so.
 */

import type { NodeGroup } from "@aws-sdk/client-elasticache";
import type { Subject } from "../caches";
import type { ExplainedNode, ExplainedNodeGroup, Explanation } from "../elastane";
import { counted } from "../words/numbers";
import { span } from "../words/times";
import { countSlots, parseSlots, type SlotRange } from "./slots";

export type Role = "primary" | "replica" | "unknown";

/** Of a replica to its primary. */
export type Link = "in-sync" | "syncing" | "broken" | "unknown";

/** Of a node that has never run: the control plane calls it `down` like one that has died, which to a person is another thing. */
export const NOT_STARTED = "not started";

export interface TopologyNode {
  id: string;
  shardId: string;
  role: Role;
  /** Elastane's word, as `ready`, or `NOT_STARTED`; absent where nobody says. */
  health?: string;
  /** Why it is so. */
  sentence?: string;
  zone: string;
  address: string;
  port?: number;
  version?: string;
  isLeaving: boolean;
  isTemporary: boolean;
  /** Absent for a primary. */
  link?: Link;
  follows?: string;
  lagSeconds?: number;
  syncPercent?: number;
}

export interface TopologyShard {
  id: string;
  primaries: TopologyNode[];
  /** Also nodes whose role is not known. */
  others: TopologyNode[];
  /** Absent without cluster mode. */
  slots?: { owned: SlotRange[]; target: SlotRange[]; count: number };
  isLeaving: boolean;
  /** What the last pass decided for it by itself. */
  sentence?: string;
}

export interface Topology {
  shards: TopologyShard[];
  nodeCount: number;
  /** False where health, links and lag are not told. */
  isExplained: boolean;
}

export function topologyOf({ group, cluster }: Subject, explanation: Explanation | undefined): Topology {
  if (explanation !== undefined) return explained(explanation);
  const nodes = cluster?.CacheNodes ?? [];
  const shards =
    group !== undefined
      ? (group.NodeGroups ?? []).map(toldShard)
      : [
          shardOf(
            "0001",
            nodes.map((node) => toldNode(cluster?.CacheClusterId ?? "", node)),
            {},
          ),
        ];
  return {
    shards,
    nodeCount: shards.reduce((count, shard) => count + shard.primaries.length + shard.others.length, 0),
    isExplained: false,
  };
}

/** ``2 shards, 4 nodes: 3 ready, 1 syncing``; healths are left out where nobody tells them. */
export function healthSummary({ shards, nodeCount }: Topology): string {
  const counts = new Map<string, number>();
  for (const { health } of shards.flatMap((shard) => [...shard.primaries, ...shard.others])) {
    if (health !== undefined) counts.set(health, (counts.get(health) ?? 0) + 1);
  }
  const size = `${counted(shards.length, "shard")}, ${counted(nodeCount, "node")}`;
  if (counts.size === 0) return size;
  if (counts.size === 1 && counts.has("ready"))
    return `${size}, all ready`.replace(" 1 node, all ready", " 1 node, ready");
  return `${size}: ${[...counts].map(([health, count]) => `${count} ${health}`).join(", ")}`;
}

/** ``in sync, 0.2 s behind`` */
export function linkWords(node: TopologyNode): string {
  switch (node.link) {
    case undefined:
      return "";
    case "in-sync":
      return node.lagSeconds === undefined ? "in sync" : `in sync, ${lagWords(node.lagSeconds)}`;
    case "syncing":
      return node.syncPercent === undefined ? "first sync" : `first sync, ${Math.floor(node.syncPercent)} % arrived`;
    case "broken":
      // Of one that is down itself, its health has said so.
      if (node.health === "down") return "";
      return node.follows === undefined ? "follows nobody" : "link is down";
    case "unknown":
      return node.role === "replica" ? "link not known" : "";
  }
}

/** ``0.2 s behind``; what is too short to be measured is ``nothing behind``. */
export function lagWords(seconds: number): string {
  if (seconds < 0.01) return "nothing behind";
  return seconds < 10 ? `${Number(seconds.toPrecision(2))} s behind` : `${span(seconds)} behind`;
}

function explained({ NodeGroups, Nodes }: Explanation): Topology {
  const shards = NodeGroups.map((part) => {
    const nodes = Nodes.filter((node) => node.NodeGroupId === part.NodeGroupId).map(explainedNode);
    return shardOf(part.NodeGroupId, nodes, part);
  });
  return { shards, nodeCount: Nodes.length, isExplained: true };
}

function shardOf(id: string, nodes: TopologyNode[], part: Partial<ExplainedNodeGroup>): TopologyShard {
  const owned = parseSlots(part.Slots);
  const target = part.TargetSlots === undefined ? owned : parseSlots(part.TargetSlots);
  const hasSlots = part.Slots !== undefined || part.TargetSlots !== undefined;
  return {
    id,
    primaries: nodes.filter((node) => node.role === "primary"),
    others: nodes.filter((node) => node.role !== "primary"),
    slots: hasSlots ? { owned, target, count: countSlots(owned) } : undefined,
    isLeaving: part.IsLeaving === true,
    sentence: part.Sentence,
  };
}

function explainedNode(node: ExplainedNode): TopologyNode {
  const role = node.Role === "primary" || node.Role === "replica" ? node.Role : "unknown";
  return {
    id: node.NodeId,
    shardId: node.NodeGroupId ?? "",
    role,
    health: isNew(node) ? NOT_STARTED : node.Health,
    sentence: node.Sentence,
    zone: node.Zone,
    address: node.Address,
    port: node.Port,
    version: node.EngineVersion,
    isLeaving: node.IsLeaving === true,
    isTemporary: node.IsTemporary === true,
    link: role === "primary" ? undefined : linkOf(node),
    follows: node.Follows,
    lagSeconds: node.ReplicationLagSeconds,
    syncPercent: node.SyncProgressPercent,
  };
}

/** Of every process that has answered once the version is known. */
function isNew({ Health, EngineVersion }: ExplainedNode): boolean {
  return Health === "down" && EngineVersion === undefined;
}

/** What an engine said when it last answered is not what is so while it does not answer. */
function linkOf(node: ExplainedNode): Link {
  if (isNew(node)) return "unknown";
  if (node.Health === "down") return "broken";
  if (node.Health === "unknown" || node.Role === undefined) return "unknown";
  if (node.SyncProgressPercent !== undefined) return "syncing";
  if (node.IsLinkUp === undefined) return "unknown";
  return node.IsLinkUp ? "in-sync" : node.Follows !== undefined && node.Health === "syncing" ? "syncing" : "broken";
}

function toldShard(part: NodeGroup): TopologyShard {
  const id = part.NodeGroupId ?? "";
  const nodes = (part.NodeGroupMembers ?? []).map(
    (member): TopologyNode => ({
      ...toldNode(member.CacheClusterId ?? "", { Endpoint: member.ReadEndpoint }),
      shardId: id,
      role: member.CurrentRole === "primary" || member.CurrentRole === "replica" ? member.CurrentRole : "unknown",
      zone: member.PreferredAvailabilityZone ?? "",
    }),
  );
  return shardOf(id, nodes, { Slots: part.Slots });
}

function toldNode(
  id: string,
  {
    Endpoint,
    CustomerAvailabilityZone,
  }: { Endpoint?: { Address?: string; Port?: number }; CustomerAvailabilityZone?: string },
): TopologyNode {
  return {
    id,
    shardId: "0001",
    role: "unknown",
    zone: CustomerAvailabilityZone ?? "",
    address: Endpoint?.Address ?? "",
    port: Endpoint?.Port,
    isLeaving: false,
    isTemporary: false,
  };
}
