/** Asks whether the primary of a shard shall be ended, and says in words what that does to whom. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { useTestFailover } from "../../changes/useTestFailover";
import { useExplanation } from "../../questions/useExplanation";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";

export function FailoverDialog({ subject: { cache, group }, shardId, onDismiss }: DialogProps) {
  const shardIds = (group?.NodeGroups ?? []).map((shard) => shard.NodeGroupId ?? "");
  const [chosen, setChosen] = useState(shardId ?? shardIds[0] ?? "");
  const { answer } = useExplanation(cache.id, { form: cache.form });
  const testing = useTestFailover(cache.id);
  const nodes = answer?.Nodes.filter((node) => node.NodeGroupId === chosen) ?? [];
  const primary = nodes.find((node) => node.Role === "primary");
  return (
    <FormDialog
      title={`Fail over a primary of ${cache.id}`}
      confirm={`Fail over shard ${chosen}`}
      isConfirmable={chosen !== ""}
      onConfirm={() => testing.change({ shardId: chosen })}
      onDismiss={onDismiss}
      changing={testing}
    >
      {shardIds.length > 1 && (
        <FormField label="Shard">
          <Select
            selectedOption={{ value: chosen, label: chosen }}
            options={shardIds.map((value) => ({ value, label: value }))}
            onChange={({ detail }) => setChosen(detail.selectedOption.value ?? "")}
          />
        </FormField>
      )}
      <Alert type="warning" header={`Shard ${chosen} gets another primary`}>
        <ol>
          <li>
            {primary === undefined ? "Its primary" : `Its primary, ${primary.NodeId} in ${primary.Zone},`} hands its
            role to {heirWords(nodes.length - 1)}. No write that was acknowledged is lost.
          </li>
          <li>
            Connections to that primary are cut. Clients connect anew, and reach the new primary at the same endpoint.
          </li>
          <li>
            The process of the former primary is ended; a new one takes its place, copies the data, and is a replica.
          </li>
        </ol>
        <Box>
          Until that node is back, the shard has one replica less. AWS counts such tests, and so does Elastane: there is
          a quota a day.
        </Box>
      </Alert>
    </FormDialog>
  );
}

function heirWords(replicaCount: number): string {
  return replicaCount > 1 ? `the best of its ${replicaCount} replicas` : "its replica";
}
