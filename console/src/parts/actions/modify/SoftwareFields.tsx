/** The engine, the node type and the parameter group. */

import type { CacheEngineVersion, CacheParameterGroup } from "@aws-sdk/client-elasticache";
import FormField from "@cloudscape-design/components/form-field";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached } from "../../../caches";
import { useAllowedNodeTypes } from "../../../questions/useAllowedNodeTypes";
import { type NodeType, useNodeTypes } from "../../../questions/useNodeTypes";
import { useParameterGroups } from "../../../questions/useParameterGroups";
import type { Answered } from "../../../questions/useQuestion";
import { familyOf, fittingGroup, fittingGroups } from "../../../reckoning/fittingGroups";
import { engineTitle, upgradesFor } from "../../../reckoning/upgrades";
import { bytes } from "../../../words/numbers";
import { RefusalAlert } from "../../RefusalAlert";
import type { FieldsProps } from "../ModifyDialog";
import { ScalingFields } from "./ScalingFields";

export function SoftwareFields(props: FieldsProps & { offers: Answered<CacheEngineVersion[]> }) {
  const groups = useParameterGroups();
  return (
    <SpaceBetween size="l">
      <RefusalAlert refusal={props.offers.refusal ?? groups.refusal} />
      <EngineField {...props} groups={groups.answer ?? []} />
      <NodeTypeField {...props} groups={groups.answer ?? []} />
      {isMemcached(props.subject.cache) && props.wanted.nodeType !== props.present.nodeType && (
        <ScalingFields {...props} />
      )}
      <ParameterGroupField {...props} groups={groups.answer ?? []} />
    </SpaceBetween>
  );
}

interface WithGroups extends FieldsProps {
  groups: readonly CacheParameterGroup[];
}

function EngineField(props: WithGroups & { offers: Answered<CacheEngineVersion[]> }) {
  const { subject, present, wanted, change, offers, groups } = props;
  const upgrades = upgradesFor(present.engine, present.version, offers.answer ?? []);
  const presentOption = {
    value: PRESENT,
    label: engineTitle(present.engine, present.version),
    description: "as it is",
  };
  const options: SelectProps.Option[] = upgrades.map((one) => ({
    value: `${one.engine} ${one.version}`,
    label: one.title,
    description: one.isOtherEngine ? "from Redis OSS, with all its data; there is no way back" : "there is no way back",
  }));
  const choose = (value: string | undefined) => {
    const upgrade = upgrades.find((one) => `${one.engine} ${one.version}` === value);
    if (upgrade === undefined) {
      return change({ engine: present.engine, version: present.version, parameterGroup: present.parameterGroup });
    }
    change({
      engine: upgrade.engine,
      version: upgrade.version,
      parameterGroup: fittingGroup(present.parameterGroup, upgrade.family, subject.cache.clusterMode, groups),
    });
  };
  return (
    <FormField
      label="Engine version"
      description={
        isMemcached(subject.cache)
          ? "Versions only go forward. Nodes are replaced in batches, and come back empty."
          : "Versions only go forward, for no engine reads what a newer one has written."
      }
      constraintText={
        offers.answer !== undefined && upgrades.length === 0 ? "No newer version is offered here." : undefined
      }
    >
      <Select
        statusType={offers.isWaiting ? "loading" : "finished"}
        loadingText="Asking for engine versions"
        selectedOption={options.find((one) => one.value === `${wanted.engine} ${wanted.version}`) ?? presentOption}
        options={[presentOption, ...options]}
        onChange={({ detail }) => choose(detail.selectedOption.value)}
      />
    </FormField>
  );
}

const PRESENT = "present";

function NodeTypeField({ subject: { cache }, present, wanted, change, groups }: WithGroups) {
  const allowed = useAllowedNodeTypes(cache);
  const types = useNodeTypes(familyOf(present.parameterGroup, groups));
  const byName = new Map(types.answer?.map((type) => [type.name, type]));
  const options = (names: readonly string[] | undefined) =>
    (names ?? [])
      .map((name) => byName.get(name) ?? { name, memoryBytes: 0 })
      .sort((one, other) => one.memoryBytes - other.memoryBytes)
      .map(nodeTypeOption);
  return (
    <FormField
      label="Node type"
      description={
        isMemcached(cache)
          ? "How much memory a node has for items. Nodes are replaced in batches, and come back empty."
          : "How much memory a node has for data. Smaller ones are refused where the data would not fit."
      }
    >
      <RefusalAlert refusal={allowed.refusal} />
      <Select
        statusType={allowed.isWaiting ? "loading" : "finished"}
        loadingText="Asking for node types"
        filteringType="auto"
        filteringPlaceholder="Find node types"
        virtualScroll
        triggerVariant="option"
        selectedOption={nodeTypeOption(byName.get(wanted.nodeType) ?? { name: wanted.nodeType, memoryBytes: 0 })}
        options={[
          { label: "As it is", options: options([present.nodeType]) },
          { label: "More memory", options: options(allowed.answer?.up) },
          { label: "Less memory", options: options(allowed.answer?.down) },
        ].filter((group) => group.options.length > 0)}
        onChange={({ detail }) => change({ nodeType: detail.selectedOption.value ?? present.nodeType })}
      />
    </FormField>
  );
}

function nodeTypeOption({ name, memoryBytes }: NodeType): SelectProps.Option {
  return { value: name, label: name, description: memoryBytes === 0 ? undefined : `${bytes(memoryBytes)} for data` };
}

function ParameterGroupField({ subject: { cache }, present, wanted, change, groups }: WithGroups) {
  const isOtherEngine = wanted.engine !== present.engine || wanted.version !== present.version;
  const family = familyOf(wanted.parameterGroup, groups) ?? familyOf(present.parameterGroup, groups);
  const fitting = fittingGroups(family, cache.clusterMode, groups);
  const option = ({ CacheParameterGroupName: name, Description }: CacheParameterGroup) => ({
    value: name,
    label: name,
    description: Description,
  });
  return (
    <FormField
      label="Parameter group"
      description={
        isOtherEngine ? `One of the family ${family}, which the new version needs.` : `Of the family ${family}.`
      }
      constraintText={isMemcached(cache) ? "Its values are put on when a node is rebooted." : undefined}
    >
      <Select
        selectedOption={
          wanted.parameterGroup === "" ? null : { value: wanted.parameterGroup, label: wanted.parameterGroup }
        }
        placeholder="Choose a parameter group"
        options={fitting.map(option)}
        onChange={({ detail }) => change({ parameterGroup: detail.selectedOption.value ?? present.parameterGroup })}
      />
    </FormField>
  );
}
