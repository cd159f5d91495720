/** More replicas or fewer, of all shards alike or of one; of those that go, also which. */

import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { Cache } from "../../caches";
import { type ReplicasAsked, useReplicaCount } from "../../changes/useReplicaCount";
import { useExplanation } from "../../questions/useExplanation";
import { REPLICAS_MAX } from "../../reckoning/possibleActions";
import { counted } from "../../words/numbers";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";

const ALL_SHARDS = "all";

export function ReplicasDialog(props: DialogProps & { isIncrease: boolean }) {
  const { subject, isIncrease, nodeId, onDismiss } = props;
  const { cache, group } = subject;
  const shards = group?.NodeGroups ?? [];
  const [shardId, setShardId] = useState(ALL_SHARDS);
  const [count, setCount] = useState<number>();
  const [leaving, setLeaving] = useState<readonly string[]>(nodeId === undefined ? [] : [nodeId]);
  const changing = useReplicaCount(cache.id);
  const meant = shardId === ALL_SHARDS ? shards : shards.filter((shard) => shard.NodeGroupId === shardId);
  const present = meant.map((shard) => (shard.NodeGroupMembers?.length ?? 1) - 1);
  const choices = isIncrease
    ? range(Math.max(...present) + 1, REPLICAS_MAX)
    : range(leastReplicas(cache), Math.min(...present) - 1).reverse();
  const chosen = count !== undefined && choices.includes(count) ? count : choices[0];
  const replicas = useReplicas(cache.id, shardId);
  const choose = (option: string | undefined) => {
    setShardId(option ?? ALL_SHARDS);
    setLeaving([]);
  };
  const isByName = leaving.length > 0;
  return (
    <FormDialog
      title={`${isIncrease ? "Add replicas to" : "Remove replicas from"} ${cache.id}`}
      confirm={
        isIncrease ? "Add replicas" : isByName ? `Remove ${counted(leaving.length, "replica")}` : "Remove replicas"
      }
      isConfirmable={chosen !== undefined || isByName}
      onConfirm={() => changing.change(askedOf({ isIncrease, shardId, count: chosen, leaving }))}
      onDismiss={onDismiss}
      changing={changing}
    >
      {cache.clusterMode === "enabled" && shards.length > 1 && (
        <FormField label="Of which shard">
          <Select
            selectedOption={optionOf(shardId)}
            options={[ALL_SHARDS, ...shards.map((shard) => shard.NodeGroupId ?? "")].map(optionOf)}
            onChange={({ detail }) => choose(detail.selectedOption.value)}
          />
        </FormField>
      )}
      <FormField
        label={shards.length > 1 ? "Replicas a shard shall have" : "Replicas it shall have"}
        description={`Now: ${presentWords(present)}. ${isIncrease ? "A new one copies all data from the primary first." : ""}`}
        errorText={chosen === undefined ? noChoice(isIncrease, present, leastReplicas(cache)) : undefined}
      >
        <Select
          disabled={isByName || chosen === undefined}
          selectedOption={chosen === undefined ? null : { value: String(chosen), label: counted(chosen, "replica") }}
          options={choices.map((value) => ({ value: String(value), label: counted(value, "replica") }))}
          onChange={({ detail }) => setCount(Number(detail.selectedOption.value))}
        />
      </FormField>
      {!isIncrease && replicas.length > 0 && (
        <FormField
          label="Which ones, by name"
          description="If none is named, those go that can best be spared. If some are, just these go."
        >
          <Multiselect
            selectedOptions={leaving.map((id) => ({ value: id, label: id }))}
            options={replicas.map(({ NodeId, Zone, NodeGroupId }) => ({
              value: NodeId,
              label: NodeId,
              description: `shard ${NodeGroupId}, in ${Zone}`,
            }))}
            onChange={({ detail }) => setLeaving(detail.selectedOptions.map((option) => option.value ?? ""))}
            placeholder="Left to Elastane"
          />
        </FormField>
      )}
    </FormDialog>
  );
}

/** In cluster mode AWS's answers tell no roles; what the control plane sees does. */
function useReplicas(cacheId: string, shardId: string) {
  const { answer } = useExplanation(cacheId, { form: "replication-group" });
  return (answer?.Nodes ?? []).filter(
    (node) => node.Role === "replica" && !node.IsLeaving && (shardId === ALL_SHARDS || node.NodeGroupId === shardId),
  );
}

interface Chosen {
  isIncrease: boolean;
  shardId: string;
  count: number | undefined;
  leaving: readonly string[];
}

/** What is named says by itself how many go; a count beside it could only contradict it. */
function askedOf({ isIncrease, shardId, count, leaving }: Chosen): ReplicasAsked {
  if (leaving.length > 0) return { isIncrease, leaving: [...leaving] };
  if (shardId === ALL_SHARDS) return { isIncrease, count };
  return { isIncrease, shards: [{ NodeGroupId: shardId, NewReplicaCount: count }] };
}

function optionOf(shardId: string): { value: string; label: string } {
  return { value: shardId, label: shardId === ALL_SHARDS ? "All shards" : `Shard ${shardId}` };
}

function presentWords(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? counted(least, "replica") : `${least} to ${counted(most, "replica")}`;
}

/** A group that promises to get over a lost node keeps one to do it with; a shard in cluster mode may do without. */
function leastReplicas({ isMultiAz, hasAutomaticFailover, clusterMode }: Cache): number {
  return isMultiAz || (hasAutomaticFailover && clusterMode !== "enabled") ? 1 : 0;
}

function noChoice(isIncrease: boolean, present: readonly number[], least: number): string {
  if (isIncrease) return `There are ${REPLICAS_MAX} already, which is the most there can be.`;
  if (Math.max(...present) <= least) {
    return least === 0 ? "There is none." : "Automatic failover and Multi-AZ need one: turn them off first.";
  }
  return "The shards differ: choose one shard, or name the replicas.";
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
