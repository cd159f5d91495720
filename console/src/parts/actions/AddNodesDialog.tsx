/** Adds nodes to a Memcached cluster, in zones that Elastane chooses or a person says. */

import Alert from "@cloudscape-design/components/alert";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { Subject } from "../../caches";
import { useNodeCount } from "../../changes/useNodeCount";
import { useSubnetGroups } from "../../questions/useSubnetGroups";
import { zonesOf } from "../../reckoning/newCache";
import { additionOf, movedPercent, presentCount, roomFor } from "../../reckoning/nodeCounts";
import { counted, percent } from "../../words/numbers";
import { FormDialog } from "../FormDialog";
import { RefusalAlert } from "../RefusalAlert";
import type { DialogProps } from "./dialogs";
import { WhenField } from "./WhenField";

export function AddNodesDialog({ subject, onDismiss }: DialogProps) {
  const { cache, cluster } = subject;
  const [text, setText] = useState("1");
  const [chosenZones, setChosenZones] = useState<readonly string[]>();
  const [isImmediate, setIsImmediate] = useState(true);
  const adding = useNodeCount(cache.id);
  const zones = useZones(subject);
  const [present, room] = [presentCount(cluster), roomFor(cluster)];
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  const isGood = count >= 1 && count <= room;
  const named = chosenZones && filled(chosenZones, isGood ? count : 0, zones.names);
  const total = present + count;
  return (
    <FormDialog
      title={`Add nodes to ${cache.id}`}
      confirm={isGood ? `Add ${counted(count, "node")}` : "Add nodes"}
      isConfirmable={isGood}
      onConfirm={() =>
        adding.change({
          change: additionOf(cluster, count, named, isImmediate),
          said: isImmediate
            ? `${counted(count, "node")} of ${cache.id} ${count === 1 ? "is" : "are"} being made.`
            : `${cache.id} gets ${counted(count, "node")} more in its maintenance window.`,
        })
      }
      onDismiss={onDismiss}
      changing={adding}
    >
      <FormField
        label="How many more"
        description={`Now: ${counted(present, "node")}.`}
        errorText={isGood ? undefined : room === 0 ? "There are as many as there can be." : `1 to ${room}.`}
        constraintText={isGood ? `${counted(total, "node")} then.` : undefined}
      >
        <Input value={text} inputMode="numeric" onChange={({ detail }) => setText(detail.value.trim())} autoFocus />
      </FormField>
      <FormField label="Zones">
        <RadioGroup
          value={named === undefined ? "any" : "own"}
          onChange={({ detail }) => setChosenZones(detail.value === "own" ? [] : undefined)}
          items={[
            { value: "any", label: "Chosen by Elastane" },
            { value: "own", label: "Say a zone for each new node" },
          ]}
        />
      </FormField>
      <RefusalAlert refusal={zones.refusal} />
      {named !== undefined && (
        <ColumnLayout columns={2} minColumnWidth={170}>
          {named.map((zone, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a new node has no name before it is there.
            <FormField key={index} label={`Zone of new node ${index + 1}`}>
              <Select
                selectedOption={zone === "" ? null : { value: zone, label: zone }}
                options={zones.names.map((name) => ({ value: name, label: name }))}
                onChange={({ detail }) => setChosenZones(named.with(index, detail.selectedOption.value ?? ""))}
                placeholder="Choose a zone"
              />
            </FormField>
          ))}
        </ColumnLayout>
      )}
      <WhenField subject={subject} isImmediate={isImmediate} onChange={setIsImmediate} />
      {isGood && (
        <Alert type="info">
          {`About ${percent(movedPercent(present, total))} of the keys belong to new nodes then, which begin empty. ` +
            "Clients with auto discovery find them by themselves, once they are ready; others have to be told."}
        </Alert>
      )}
    </FormDialog>
  );
}

function useZones({ cluster }: Subject) {
  const { answer, refusal } = useSubnetGroups();
  return { names: zonesOf(cluster?.CacheSubnetGroupName ?? "", answer ?? []), refusal };
}

/** Where none was chosen, in turn. */
function filled(chosen: readonly string[], count: number, zones: readonly string[]): string[] {
  return Array.from({ length: count }, (_, index) => chosen[index] || (zones[index % zones.length] ?? ""));
}
