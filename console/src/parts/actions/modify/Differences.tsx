/** What was changed, as "from → to", and when it is done. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { Difference } from "../../../reckoning/modification";

interface Props {
  differences: readonly Difference[];
  problem: string | undefined;
  ofMemcached: boolean;
  isImmediate: boolean;
  /** Where something was changed that is never done later. */
  isImmediateAnyway: boolean;
  /** Whether something that was asked for before waits for the window. */
  isSomethingWaiting: boolean;
  onChange: (isImmediate: boolean) => void;
}

export function Differences(props: Props) {
  const { differences, problem, ofMemcached, isImmediate, isImmediateAnyway, isSomethingWaiting, onChange } = props;
  if (differences.length === 0) return <Box color="text-body-secondary">Nothing is changed yet.</Box>;
  const mayWait = differences.some((one) => one.mayWait);
  return (
    <SpaceBetween size="m">
      <Table
        variant="embedded"
        contentDensity="compact"
        wrapLines
        header={<Box variant="h3">What changes</Box>}
        ariaLabels={{ tableLabel: "what changes" }}
        items={differences}
        trackBy="what"
        columnDefinitions={[
          { id: "what", header: "What", cell: (one) => one.what, isRowHeader: true },
          { id: "from", header: "From", minWidth: 120, cell: (one) => one.from },
          { id: "to", header: "To", minWidth: 130, cell: (one) => <Box variant="strong">{one.to}</Box> },
          {
            id: "when",
            header: "When",
            minWidth: 120,
            cell: (one) => (one.mayWait && !isImmediate ? "in the window" : "at once"),
          },
        ]}
      />
      {mayWait && (
        <FormField label="When">
          <RadioGroup
            value={isImmediate ? "now" : "window"}
            onChange={({ detail }) => onChange(detail.value === "now")}
            items={[
              {
                value: "window",
                label: "In the maintenance window, what may wait",
                disabled: isImmediateAnyway,
                description: isImmediateAnyway
                  ? "Not along with a change of log delivery, which is only made at once."
                  : undefined,
              },
              {
                value: "now",
                label: "At once",
                description: ofMemcached
                  ? "Nodes are replaced in batches, and come back empty. What waits already is done along."
                  : "Nodes are replaced one after the other, replicas first. What waits already is done along.",
              },
            ]}
          />
        </FormField>
      )}
      {isImmediateAnyway && isSomethingWaiting && (
        <Alert type="warning">
          What waits for the maintenance window is done along: a change of log delivery is only made at once, and takes
          it with it.
        </Alert>
      )}
      {problem !== undefined && <Alert type="warning">{problem}</Alert>}
    </SpaceBetween>
  );
}
