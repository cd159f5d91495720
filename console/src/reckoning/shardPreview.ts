/** What a preview of a resharding comes to: bars of slots before and after, and each shard's gain or loss. */

import type { ShardConfigurationPreview } from "../elastane";
import { countSlots, parseSlots, SLOT_COUNT, type SlotRange } from "./slots";

export interface PreviewedShard {
  id: string;
  isNew: boolean;
  isLeaving: boolean;
  nodeCount: number;
  before: SlotRange[];
  after: SlotRange[];
  countBefore: number;
  countAfter: number;
}

/** In the order of their ids. */
export function previewedShards(preview: ShardConfigurationPreview): PreviewedShard[] {
  return preview.NodeGroups.map((part) => {
    const [before, after] = [parseSlots(part.SlotsBefore), parseSlots(part.SlotsAfter)];
    return {
      id: part.NodeGroupId,
      isNew: part.IsNew === true,
      isLeaving: part.IsLeaving === true,
      nodeCount: part.NodeCount ?? 0,
      before,
      after,
      countBefore: countSlots(before),
      countAfter: countSlots(after),
    };
  }).sort((one, other) => one.id.localeCompare(other.id, "en", { numeric: true }));
}

/** ``It gains 100 slots``, as a table says it. */
export function changeInWords(shard: PreviewedShard): string {
  const difference = shard.countAfter - shard.countBefore;
  if (shard.isNew) return `new, with ${shard.nodeCount} ${shard.nodeCount === 1 ? "node" : "nodes"}`;
  if (shard.isLeaving) return "leaves, with its nodes";
  if (difference === 0) return "stays as it is";
  return difference > 0 ? `gains ${difference.toLocaleString("en")}` : `gives ${(-difference).toLocaleString("en")}`;
}

/** What part of all slots moves, between 0 and 100. */
export function movedPercent(preview: ShardConfigurationPreview): number {
  return (100 * preview.MovedSlotCount) / SLOT_COUNT;
}
