/** Reboots a node: one at a time, for the API takes the next one when the first is back. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { ONLY_NODE_ID } from "../../caches";
import { useReboot } from "../../changes/useReboot";
import { useExplanation } from "../../questions/useExplanation";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";

export function RebootDialog({ subject: { cache }, nodeId, onDismiss }: DialogProps) {
  const rebooting = useReboot();
  // In cluster mode AWS's answers tell no roles; what the control plane sees does.
  const { answer } = useExplanation(cache.id, { form: cache.form });
  const roles = new Map(answer?.Nodes.map((node) => [node.NodeId, node.Role]));
  const [picked, setPicked] = useState(nodeId);
  const replicaId = cache.memberIds.find((id) => roles.get(id) === "replica");
  const chosen = picked ?? replicaId ?? cache.memberIds[0] ?? "";
  return (
    <FormDialog
      title={`Reboot a node of ${cache.id}`}
      confirm={`Reboot ${chosen}`}
      isConfirmable={chosen !== ""}
      onConfirm={() => rebooting.change({ clusterId: chosen, nodeIds: [ONLY_NODE_ID] })}
      onDismiss={onDismiss}
      changing={rebooting}
    >
      <FormField
        label="Node"
        description="One at a time: the replicas first, the primary last. Values of parameters that wait for a reboot are put on by it."
      >
        <RadioGroup
          value={chosen}
          onChange={({ detail }) => setPicked(detail.value)}
          items={cache.memberIds.map((id) => ({ value: id, label: id, description: roles.get(id) }))}
        />
      </FormField>
      <Alert type="warning">{consequenceOf(cache.nodeCount, roles.get(chosen))}</Alert>
    </FormDialog>
  );
}

function consequenceOf(nodeCount: number, role: string | undefined): string {
  if (nodeCount === 1) {
    return "It is the only node, and comes back empty, as on AWS: its data is lost. Until then it answers nobody.";
  }
  if (role === "replica") return "It comes back empty and copies the data from the primary. Its connections are cut.";
  if (role !== "primary")
    return "Its role is not known now. It comes back empty, as a replica. Its connections are cut.";
  return "It hands its role to a replica first when one is in sync, and no key is lost then. Its connections are cut.";
}
