/** Chooses some nodes of a Memcached cluster by their numbers. */

import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import type { ReactNode } from "react";
import type { ShownCacheNode } from "../../reckoning/cacheNodes";

interface Props {
  nodes: readonly ShownCacheNode[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  description?: ReactNode;
  errorText?: string;
}

export function NodesField({ nodes, chosen, onChange, description, errorText }: Props) {
  const options = nodes.map(({ id, zone, status, parameterStatus }) => ({
    value: id,
    label: id,
    description: [zone, status, parameterStatus === "pending-reboot" ? "parameters wait for its reboot" : ""]
      .filter(Boolean)
      .join(", "),
  }));
  return (
    <FormField label="Nodes" description={description} errorText={errorText}>
      <Multiselect
        selectedOptions={options.filter(({ value }) => chosen.includes(value))}
        options={options}
        onChange={({ detail }) => onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []).sort())}
        placeholder="Choose nodes"
        empty="There is none yet"
        enableSelectAll
        filteringType={options.length > 10 ? "auto" : "none"}
        filteringAriaLabel="Find a node"
        tokenLimit={6}
        deselectAriaLabel={(option) => `Leave out ${option.label}`}
        expandToViewport
      />
    </FormField>
  );
}
