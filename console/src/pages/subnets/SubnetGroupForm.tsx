/** Makes a subnet group, or changes one: its description, and its subnets out of those that EC2 knows. */

import type { CacheSubnetGroup } from "@aws-sdk/client-elasticache";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect, { type MultiselectProps } from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useCreateSubnetGroup } from "../../changes/useCreateSubnetGroup";
import { useModifySubnetGroup } from "../../changes/useModifySubnetGroup";
import { FormDialog } from "../../parts/FormDialog";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useSubnets } from "../../questions/useSubnets";
import { subnetGroupNameRefusal } from "../../reckoning/groupNames";
import { type SubnetChoice, subnetChoices, subnetsRefusal, subnetsWarning } from "../../reckoning/subnetChoices";

interface Props {
  /** Absent for a new one. */
  modified?: CacheSubnetGroup;
  onDone: () => void;
  onDismiss: () => void;
}

export function SubnetGroupForm({ modified, onDone, onDismiss }: Props) {
  const subnets = useSubnets();
  const creating = useCreateSubnetGroup();
  const modifying = useModifySubnetGroup();
  const had = (modified?.Subnets ?? []).map(({ SubnetIdentifier = "", SubnetAvailabilityZone }) => ({
    id: SubnetIdentifier,
    zone: SubnetAvailabilityZone?.Name ?? "",
  }));
  const [name, setName] = useState(modified?.CacheSubnetGroupName ?? "");
  const [description, setDescription] = useState(modified?.CacheSubnetGroupDescription ?? "");
  const [chosenIds, setChosenIds] = useState<readonly string[]>(had.map(({ id }) => id));
  const choices = subnetChoices(subnets.answer ?? [], had);
  const chosen = choices.filter(({ id }) => chosenIds.includes(id));
  const nameRefusal = modified === undefined ? subnetGroupNameRefusal(name) : undefined;
  const chosenRefusal = subnetsRefusal(chosen);
  const changing = modified === undefined ? creating : modifying;
  const isComplete = nameRefusal === undefined && chosenRefusal === undefined && description.trim() !== "";

  const send = async () => {
    if ((await changing.change({ name, description, subnetIds: chosen.map(({ id }) => id) })) !== undefined) onDone();
  };
  return (
    <FormDialog
      title={modified === undefined ? "Create subnet group" : `Modify ${name}`}
      confirm={modified === undefined ? "Create" : "Save"}
      isConfirmable={isComplete}
      changing={changing}
      onConfirm={send}
      onDismiss={onDismiss}
    >
      <SpaceBetween size="m">
        {modified === undefined && (
          <FormField
            label="Name"
            constraintText="Kept in lower case. It cannot be changed later."
            errorText={name === "" ? undefined : nameRefusal}
          >
            <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} autoFocus />
          </FormField>
        )}
        <FormField label="Description">
          <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
        </FormField>
        <FormField
          label="Subnets"
          description="Of one VPC. Nodes are placed in the zones of these subnets."
          errorText={chosenIds.length === 0 ? undefined : chosenRefusal}
          warningText={subnetsWarning(chosen)}
        >
          <Multiselect
            selectedOptions={chosen.map(optionOf)}
            options={optionsByVpc(choices)}
            onChange={({ detail }) => setChosenIds(detail.selectedOptions.map(({ value = "" }) => value))}
            placeholder="Choose subnets"
            filteringType="auto"
            filteringAriaLabel="Find subnets"
            statusType={subnets.isWaiting ? "loading" : subnets.refusal === undefined ? "finished" : "error"}
            loadingText="Asking EC2 for subnets"
            errorText="The subnets are not known."
            empty="This region has no subnets."
            deselectAriaLabel={({ label }) => `Remove ${label}`}
          />
        </FormField>
        <RefusalAlert refusal={subnets.refusal} onRetry={subnets.askAgain} />
      </SpaceBetween>
    </FormDialog>
  );
}

function optionsByVpc(choices: readonly SubnetChoice[]): MultiselectProps.OptionGroup[] {
  const vpcIds = [...new Set(choices.map(({ vpcId }) => vpcId))];
  return vpcIds.map((vpcId) => ({
    label: vpcId ?? "Not known to EC2",
    options: choices.filter((choice) => choice.vpcId === vpcId).map(optionOf),
  }));
}

function optionOf({ id, zone, cidr }: SubnetChoice): MultiselectProps.Option {
  return { value: id, label: id, labelTag: zone, description: cidr, filteringTags: [zone] };
}
