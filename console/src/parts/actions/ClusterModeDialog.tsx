/** From a cache with one shard to one that can have many: disabled ⇄ compatible → enabled, one step a call. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { Cache } from "../../caches";
import { useModify } from "../../changes/useModify";
import { useParameterGroups } from "../../questions/useParameterGroups";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";

type Mode = Cache["clusterMode"];
const MODES: readonly Mode[] = ["disabled", "compatible", "enabled"];

const TITLES: Record<Mode, string> = {
  disabled: "Disabled: one shard, a primary endpoint",
  compatible: "Compatible: endpoints of both kinds, while clients change",
  enabled: "Enabled: a configuration endpoint, and as many shards as wanted",
};

export function ClusterModeDialog({ subject: { cache, group, cluster }, onDismiss }: DialogProps) {
  const pending = group?.PendingModifiedValues?.ClusterMode;
  const isOffered = (mode: Mode) => reasonAgainst(mode, cache, pending) === undefined;
  const [chosen, setChosen] = useState(() => MODES.findLast(isOffered) ?? "compatible");
  const [named, setNamed] = useState<string>();
  const modifying = useModify(cache);
  const present = cluster?.CacheParameterGroup?.CacheParameterGroupName ?? "";
  // Where none is named the API takes the default one, also in the place of a group that fits already.
  const parameterGroup = named ?? (chosen === "enabled" ? present : "");
  return (
    <FormDialog
      title={`Cluster mode of ${cache.id}`}
      confirm={pending === undefined ? `Change to ${chosen}` : "Take it back"}
      isConfirmable={isOffered(chosen)}
      onConfirm={() =>
        modifying.change({
          modifications: {
            ClusterMode: chosen,
            ApplyImmediately: true,
            CacheParameterGroupName: parameterGroup === "" ? undefined : parameterGroup,
          },
          said: `The cluster mode of ${cache.id} is on its way to ${chosen}.`,
        })
      }
      onDismiss={onDismiss}
      changing={modifying}
    >
      <FormField label="Cluster mode">
        <RadioGroup
          value={chosen}
          onChange={({ detail }) => setChosen(detail.value as Mode)}
          items={MODES.map((mode) => ({
            value: mode,
            label: TITLES[mode],
            disabled: !isOffered(mode),
            description: reasonAgainst(mode, cache, pending),
          }))}
        />
      </FormField>
      {!present.startsWith("default.") && (
        <ParameterGroupField present={present} chosen={parameterGroup} onChoose={setNamed} />
      )}
      <Alert type={chosen === "enabled" ? "warning" : "info"}>
        {pending === undefined ? CONSEQUENCES[chosen] : "The step is given up: the cache stays as it is now."}
      </Alert>
    </FormDialog>
  );
}

const CONSEQUENCES: Record<Mode, string> = {
  disabled:
    "Cluster clients at the configuration endpoint are cut and find it no more. Plain clients go on at the primary endpoint.",
  compatible:
    "Connections to the primary endpoint are cut once, and another node is primary afterwards. Then plain clients and cluster clients both work. Meanwhile the cache is neither scaled nor upgraded. Keys outside database 0 stand in the way.",
  enabled:
    "This is final. The primary and reader endpoints are gone, and clients that do not speak the cluster protocol with them. Shards can be added afterwards.",
};

function reasonAgainst(mode: Mode, cache: Cache, pending: string | undefined): string | undefined {
  if (pending !== undefined) {
    if (mode === pending) return "This step is under way.";
    return pending === "compatible" && mode === "disabled" ? undefined : "A step is under way: it comes first.";
  }
  if (mode === cache.clusterMode) return "As it is.";
  if (cache.status !== "available") return `It is ${cache.status}: wait until it is done.`;
  if (mode === "enabled" && cache.clusterMode === "disabled") return "By way of Compatible.";
  if (mode === "compatible" && (!cache.hasAutomaticFailover || cache.nodeCount < 2)) {
    return "It needs automatic failover and a replica.";
  }
  return undefined;
}

function ParameterGroupField(props: { present: string; chosen: string; onChoose: (name: string) => void }) {
  const groups = useParameterGroups().answer ?? [];
  const family = groups.find((group) => group.CacheParameterGroupName === props.present)?.CacheParameterGroupFamily;
  const fitting = groups.filter((group) => group.CacheParameterGroupFamily === family);
  return (
    <FormField
      label="Parameter group"
      description={`It has ${props.present}. One fits where its parameter cluster-enabled suits the new mode.`}
    >
      <Select
        selectedOption={props.chosen === "" ? null : { value: props.chosen, label: props.chosen }}
        placeholder="The default one"
        options={fitting.map(({ CacheParameterGroupName: name }) => ({ value: name, label: name }))}
        onChange={({ detail }) => props.onChoose(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}
