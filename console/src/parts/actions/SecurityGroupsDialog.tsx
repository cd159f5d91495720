/** Which security groups say who may connect: up to five of the cache's own VPC. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";
import { useModify } from "../../changes/useModify";
import { useSecurityGroups } from "../../questions/useSecurityGroups";
import { useSubnetGroups } from "../../questions/useSubnetGroups";
import { FormDialog } from "../FormDialog";
import { RefusalAlert } from "../RefusalAlert";
import type { DialogProps } from "./dialogs";

export function SecurityGroupsDialog({ subject: { cache, cluster }, onDismiss }: DialogProps) {
  const present = (cluster?.SecurityGroups ?? []).map((one) => one.SecurityGroupId ?? "");
  const [chosen, setChosen] = useState<readonly string[]>(present);
  const groups = useSecurityGroups();
  const subnetGroups = useSubnetGroups();
  const vpcId = subnetGroups.answer?.find(
    (group) => group.CacheSubnetGroupName === cluster?.CacheSubnetGroupName,
  )?.VpcId;
  const offered = (groups.answer ?? []).filter((group) => vpcId === undefined || group.VpcId === vpcId);
  const modifying = useModify(cache);
  const isOther = chosen.length !== present.length || chosen.some((id) => !present.includes(id));
  return (
    <FormDialog
      title={`Security groups of ${cache.id}`}
      confirm="Change"
      isConfirmable={chosen.length > 0 && isOther}
      onConfirm={() =>
        modifying.change({
          modifications: { SecurityGroupIds: [...chosen], ApplyImmediately: false },
          said: `${cache.id} has other security groups now.`,
        })
      }
      onDismiss={onDismiss}
      changing={modifying}
    >
      <RefusalAlert refusal={groups.refusal ?? subnetGroups.refusal} />
      <FormField
        label="Security groups"
        description={vpcId === undefined ? undefined : `Those of ${vpcId}, where its subnet group is.`}
        errorText={chosen.length === 0 ? "A cache has at least one." : undefined}
      >
        <Multiselect
          statusType={groups.isWaiting ? "loading" : "finished"}
          loadingText="Asking for security groups"
          selectedOptions={chosen.map((id) => ({ value: id, label: id }))}
          options={offered.map(({ GroupId = "", GroupName, Description }) => ({
            value: GroupId,
            label: GroupId,
            description: [GroupName, Description].filter(Boolean).join(": "),
          }))}
          onChange={({ detail }) => setChosen(detail.selectedOptions.map((option) => option.value ?? ""))}
          placeholder="Choose security groups"
        />
      </FormField>
      <Alert type="info">
        New connections are judged by the new rules within a moment. Connections that are open stay open.
      </Alert>
    </FormDialog>
  );
}
