/** Which events are a cache's: its own, and those of its nodes, also of nodes that have left. */

import type { Event } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";

export function isOfCache({ form, id, memberIds }: Cache, { SourceType, SourceIdentifier = "" }: Event): boolean {
  if (SourceType === form)
    return SourceIdentifier === id || (form === "cache-cluster" && memberIds.includes(SourceIdentifier));
  if (form === "cache-cluster" || SourceType !== "cache-cluster") return false;
  return memberIds.includes(SourceIdentifier) || isNamedAsNode(id, SourceIdentifier);
}

/** As AWS and Elastane name nodes: ``shop-001``, with cluster mode ``shop-0001-001``. */
function isNamedAsNode(groupId: string, nodeId: string): boolean {
  return nodeId.startsWith(`${groupId}-`) && /^(\d{4}-)?\d{3}$/.test(nodeId.slice(groupId.length + 1));
}
