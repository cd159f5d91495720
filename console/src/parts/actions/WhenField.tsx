/** Whether a change of a Memcached cluster's nodes is made at once, or in its maintenance window. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import type { Subject } from "../../caches";
import { pendingCount } from "../../reckoning/nodeCounts";
import { parseMaintenanceWindow, windowInWords } from "../../reckoning/windows";
import { counted } from "../../words/numbers";

interface Props {
  subject: Subject;
  isImmediate: boolean;
  onChange: (isImmediate: boolean) => void;
}

export function WhenField({ subject: { cluster }, isImmediate, onChange }: Props) {
  const window = parseMaintenanceWindow(cluster?.PreferredMaintenanceWindow);
  const pending = pendingCount(cluster);
  return (
    <>
      <FormField label="When">
        <RadioGroup
          value={isImmediate ? "now" : "window"}
          onChange={({ detail }) => onChange(detail.value === "now")}
          items={[
            { value: "now", label: "At once", description: "What waits for the window already is done along." },
            {
              value: "window",
              label: "In the maintenance window",
              description: window === undefined ? undefined : `${windowInWords(window)}.`,
            },
          ]}
        />
      </FormField>
      {pending !== undefined && (
        <Alert type="info">
          {`${counted(pending, "node")} in all wait for the maintenance window already: this takes their place.`}
        </Alert>
      )}
    </>
  );
}
