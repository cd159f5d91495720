/** Adds shards, removes some, or evens out who owns how many slots; it shows what would move before anything does. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";
import { useReshard } from "../../changes/useReshard";
import type { ShardConfiguration, ShardConfigurationPreview } from "../../elastane";
import type { Answered } from "../../questions/useQuestion";
import { useShardPreview } from "../../questions/useShardPreview";
import { counted } from "../../words/numbers";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";
import { ShardPreview } from "./ShardPreview";

type Purpose = "add" | "remove" | "rebalance";

export function ShardsDialog({ subject: { cache, group }, purpose, onDismiss }: DialogProps & { purpose: Purpose }) {
  const shards = group?.NodeGroups ?? [];
  const [countText, setCountText] = useState("1");
  const [leaving, setLeaving] = useState<readonly string[]>([]);
  const resharding = useReshard();
  const configuration = configurationOf(cache.id, shards.length, { purpose, count: Number(countText), leaving });
  const preview = useShardPreview(configuration);
  return (
    <FormDialog
      title={TITLES[purpose].replace("…", cache.id)}
      confirm={confirmWords(purpose, Number(countText), leaving.length)}
      isConfirmable={configuration !== undefined && mayBeAsked(preview)}
      onConfirm={async () => (configuration === undefined ? undefined : resharding.change(configuration))}
      onDismiss={onDismiss}
      changing={resharding}
      size="large"
    >
      {purpose === "add" && (
        <FormField
          label="Shards to add"
          description={`There ${shards.length === 1 ? "is" : "are"} ${counted(shards.length, "shard")} now. A new one has as many nodes as the smallest, in zones that suit them.`}
          errorText={configuration === undefined ? "A whole number, 1 or more." : undefined}
        >
          <Input
            type="number"
            inputMode="numeric"
            value={countText}
            onChange={({ detail }) => setCountText(detail.value)}
            autoFocus
          />
        </FormField>
      )}
      {purpose === "remove" && (
        <FormField
          label="Shards to remove"
          description="Their slots move to those that stay, with all their keys; then their nodes are gone."
          errorText={leaving.length >= shards.length ? "At least one shard stays." : undefined}
        >
          <Multiselect
            selectedOptions={leaving.map((id) => ({ value: id, label: id }))}
            options={shards.map(({ NodeGroupId = "", Slots }) => ({
              value: NodeGroupId,
              label: NodeGroupId,
              description: Slots,
            }))}
            onChange={({ detail }) => setLeaving(detail.selectedOptions.map((option) => option.value ?? ""))}
            placeholder="Choose shards"
          />
        </FormField>
      )}
      <ShardPreview answered={preview} />
    </FormDialog>
  );
}

/** Where something would move; also where the key may not look ahead, which is another right than to do it. */
function mayBeAsked({ answer, refusal }: Answered<ShardConfigurationPreview>): boolean {
  return refusal === undefined ? answer !== undefined && answer.MovedSlotCount > 0 : refusal.kind === "denied";
}

const TITLES: Record<Purpose, string> = {
  add: "Add shards to …",
  remove: "Remove shards from …",
  rebalance: "Rebalance the slots of …",
};

interface Chosen {
  purpose: Purpose;
  count: number;
  leaving: readonly string[];
}

/** Undefined while what is chosen makes no sense yet. */
function configurationOf(groupId: string, shardCount: number, chosen: Chosen): ShardConfiguration | undefined {
  const { purpose, count, leaving } = chosen;
  if (purpose === "rebalance") return { ReplicationGroupId: groupId, NodeGroupCount: shardCount };
  if (purpose === "add") {
    const isGood = Number.isInteger(count) && count > 0;
    return isGood ? { ReplicationGroupId: groupId, NodeGroupCount: shardCount + count } : undefined;
  }
  if (leaving.length === 0 || leaving.length >= shardCount) return undefined;
  return {
    ReplicationGroupId: groupId,
    NodeGroupCount: shardCount - leaving.length,
    NodeGroupsToRemove: [...leaving],
  };
}

function confirmWords(purpose: Purpose, count: number, leavingCount: number): string {
  if (purpose === "rebalance") return "Rebalance";
  if (purpose === "add") return Number.isInteger(count) && count > 0 ? `Add ${counted(count, "shard")}` : "Add shards";
  return leavingCount === 0 ? "Remove shards" : `Remove ${counted(leavingCount, "shard")}`;
}
