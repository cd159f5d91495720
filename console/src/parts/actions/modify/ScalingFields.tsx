/** How fast a Memcached cluster comes to another node type: how many nodes at a time, and how long between them. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { counted } from "../../../words/numbers";
import type { FieldsProps } from "../ModifyDialog";

/** AWS's limits: 10 to 100 %, 2 to 30 minutes. */
const PERCENTAGES = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100] as const;
const INTERVALS = [2, 3, 5, 10, 15, 20, 30] as const;

export function ScalingFields({ subject: { cache }, wanted: { scaling }, change }: FieldsProps) {
  const set = (some: Partial<typeof scaling>) => change({ scaling: { ...scaling, ...some } });
  const percentage = (value: number) => ({
    value: String(value),
    label: `${value} %`,
    description: `${counted(batchSize(cache.nodeCount, value), "node")} at a time`,
  });
  return (
    <ColumnLayout columns={2} minColumnWidth={200}>
      <FormField label="Nodes in one batch" description="They are emptied together.">
        <Select
          selectedOption={percentage(scaling.percentage)}
          options={PERCENTAGES.map(percentage)}
          triggerVariant="option"
          onChange={({ detail }) => set({ percentage: Number(detail.selectedOption.value) })}
        />
      </FormField>
      <FormField label="Between batches" description="For the new nodes to be filled by those who read.">
        <Select
          selectedOption={interval(scaling.intervalMinutes)}
          options={INTERVALS.map(interval)}
          onChange={({ detail }) => set({ intervalMinutes: Number(detail.selectedOption.value) })}
        />
      </FormField>
    </ColumnLayout>
  );
}

function interval(minutes: number) {
  return { value: String(minutes), label: counted(minutes, "minute") };
}

/** Rounded up, as AWS does. */
function batchSize(nodeCount: number, percentage: number): number {
  return Math.max(1, Math.ceil((nodeCount * percentage) / 100));
}
