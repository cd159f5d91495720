/** Makes a replica of the customer's choice the primary, where automatic failover is off. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { useModify } from "../../changes/useModify";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";

export function PromoteDialog({ subject: { cache, group }, nodeId, onDismiss }: DialogProps) {
  const members = group?.NodeGroups?.[0]?.NodeGroupMembers ?? [];
  const primary = members.find((member) => member.CurrentRole === "primary");
  const replicas = members.filter((member) => member !== primary);
  const [chosen, setChosen] = useState(nodeId ?? replicas[0]?.CacheClusterId ?? "");
  const modifying = useModify(cache);
  const confirm = () =>
    modifying.change({
      modifications: { PrimaryClusterId: chosen, ApplyImmediately: true },
      said: `${chosen} is on its way to be the primary of ${cache.id}.`,
    });
  return (
    <FormDialog
      title={`Promote a replica of ${cache.id}`}
      confirm={`Promote ${chosen}`}
      isConfirmable={chosen !== ""}
      onConfirm={confirm}
      onDismiss={onDismiss}
      changing={modifying}
    >
      <FormField label="The new primary">
        <RadioGroup
          value={chosen}
          onChange={({ detail }) => setChosen(detail.value)}
          items={replicas.map(({ CacheClusterId = "", PreferredAvailabilityZone }) => ({
            value: CacheClusterId,
            label: CacheClusterId,
            description: `in ${PreferredAvailabilityZone}`,
          }))}
        />
      </FormField>
      <Alert type="info">
        {primary === undefined ? (
          <Box>
            No primary is seen. Whoever is promoted is the primary with the data that it has: what only the lost one had
            is lost.
          </Box>
        ) : (
          <Box>
            Writes pause until {chosen} has everything that {primary.CacheClusterId} has. Then the roles change, and
            connections to the primary endpoint are cut once. Nothing is lost.
          </Box>
        )}
      </Alert>
    </FormDialog>
  );
}
