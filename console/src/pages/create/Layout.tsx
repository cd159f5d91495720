/** Cluster mode, shards and replicas, and what they come to. */

import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ClusterModeName, nodeCountOf, REPLICA_COUNT_MAX, SHARD_COUNT_MAX } from "../../reckoning/newCache";
import { memoryInWords, nodesInWords } from "../../reckoning/newCacheWords";
import { Choice, TextField } from "./fields";
import type { Wizard } from "./useNewCache";

/** AWS's quota of nodes in one group, which an operator may raise; the API has the last word. */
const USUAL_NODE_COUNT_MAX = 90;

export function Layout({ wizard }: { wizard: Wizard }) {
  const { cache, draft, change, problem } = wizard;
  return (
    <Container header={<Header variant="h2">Shards and replicas</Header>}>
      <SpaceBetween size="l">
        <FormField label="Cluster mode">
          <RadioGroup
            value={cache.clusterMode}
            onChange={({ detail }) => change({ clusterMode: detail.value as ClusterModeName })}
            items={CLUSTER_MODES}
          />
        </FormField>
        <ColumnLayout columns={2} minColumnWidth={240}>
          {cache.clusterMode === "enabled" && (
            <TextField
              label="Number of shards"
              constraint={`1 to ${SHARD_COUNT_MAX}. Keys are divided among them.`}
              inputMode="numeric"
              value={draft.shardCount}
              onChange={(shardCount) => change({ shardCount })}
              error={problem("shardCount")}
              warning={quotaWarning(nodeCountOf(cache))}
            />
          )}
          <Choice
            label={cache.clusterMode === "enabled" ? "Replicas per shard" : "Number of replicas"}
            constraint="One takes over when the primary is lost."
            value={draft.replicaCount}
            onChange={(replicaCount) => change({ replicaCount })}
            options={REPLICA_COUNTS}
            error={problem("replicaCount")}
          />
        </ColumnLayout>
        <Totals wizard={wizard} />
      </SpaceBetween>
    </Container>
  );
}

function Totals({ wizard: { cache, choices } }: { wizard: Wizard }) {
  if (nodeCountOf(cache) === 0) return null;
  const memory = memoryInWords(cache, choices.nodeTypes.answer ?? []);
  return (
    <div aria-live="polite">
      <KeyValuePairs
        columns={2}
        minColumnWidth={240}
        items={[
          { label: "Nodes", value: nodesInWords(cache) },
          {
            label: "Memory",
            value: (
              <>
                {memory ?? "-"}
                <Box variant="small" display="block">
                  Of it reserved-memory-percent, a quarter by default, is kept from data.
                </Box>
              </>
            ),
          },
        ]}
      />
    </div>
  );
}

function quotaWarning(nodeCount: number): string | undefined {
  if (nodeCount <= USUAL_NODE_COUNT_MAX) return undefined;
  return `${nodeCount} nodes: the quota is ${USUAL_NODE_COUNT_MAX}, unless the operator has raised it.`;
}

const REPLICA_COUNTS = Array.from({ length: REPLICA_COUNT_MAX + 1 }, (_, count) => ({
  value: String(count),
  label: String(count),
}));

const CLUSTER_MODES = [
  { value: "disabled", label: "Off", description: "One shard. Clients need not know of clusters." },
  { value: "enabled", label: "On", description: "Keys are divided among shards; clients speak the cluster protocol." },
  {
    value: "compatible",
    label: "Compatible",
    description: "One shard, for clients of both kinds, on the way from off to on. It needs a replica.",
  },
];
