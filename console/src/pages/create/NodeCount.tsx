/** How many nodes a Memcached cluster has, and what they come to. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { NODE_COUNT_MAX, nodeCountOf } from "../../reckoning/newCache";
import { memoryInWords } from "../../reckoning/newCacheWords";
import { percent } from "../../words/numbers";
import { TextField } from "./fields";
import type { Wizard } from "./useNewCache";

export function NodeCount({ wizard }: { wizard: Wizard }) {
  const { draft, change, problem } = wizard;
  return (
    <Container header={<Header variant="h2">Nodes</Header>}>
      <ColumnLayout columns={2} minColumnWidth={240}>
        <TextField
          label="Number of nodes"
          constraint={`1 to ${NODE_COUNT_MAX}. Clients divide the keys among them; more can be added later.`}
          inputMode="numeric"
          value={draft.nodeCount}
          onChange={(nodeCount) => change({ nodeCount })}
          error={problem("nodeCount")}
        />
        <Totals wizard={wizard} />
      </ColumnLayout>
    </Container>
  );
}

function Totals({ wizard: { cache, choices } }: { wizard: Wizard }) {
  const nodeCount = nodeCountOf(cache);
  if (nodeCount === 0) return null;
  const loss = nodeCount === 1 ? "All keys" : `About ${percent(100 / nodeCount)} of the keys`;
  return (
    <div aria-live="polite">
      <KeyValuePairs
        columns={2}
        minColumnWidth={160}
        items={[
          { label: "Memory", value: memoryInWords(cache, choices.nodeTypes.answer ?? []) ?? "-" },
          { label: "Lost with a node", value: loss },
        ]}
      />
    </div>
  );
}
