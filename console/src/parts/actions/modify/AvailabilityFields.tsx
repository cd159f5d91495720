/** What the cache is called and how it gets over a lost node. */

import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import type { FieldsProps } from "../ModifyDialog";

export function AvailabilityFields({ subject: { cache }, wanted, change }: FieldsProps) {
  if (cache.form === "cache-cluster") {
    return <Box>A cache cluster on its own has no description, and no replica that could take over.</Box>;
  }
  const isCluster = cache.clusterMode !== "disabled";
  const hasReplica = cache.nodeCount > cache.shardCount;
  return (
    <SpaceBetween size="l">
      <FormField label="Description" errorText={wanted.description.trim() === "" ? "It must not be empty." : undefined}>
        <Input value={wanted.description} onChange={({ detail }) => change({ description: detail.value })} />
      </FormField>
      <Toggle
        checked={wanted.automaticFailover}
        disabled={isCluster || (!wanted.automaticFailover && !hasReplica)}
        onChange={({ detail }) =>
          change({ automaticFailover: detail.checked, ...(detail.checked ? {} : { multiAz: false }) })
        }
        description={
          isCluster
            ? "Always on in cluster mode."
            : hasReplica
              ? "When a primary is lost, the best replica takes over."
              : "It needs a replica: add one first."
        }
      >
        Automatic failover
      </Toggle>
      <Toggle
        checked={wanted.multiAz}
        disabled={!wanted.multiAz && !wanted.automaticFailover}
        onChange={({ detail }) => change({ multiAz: detail.checked })}
        description="Needs automatic failover, and in every shard a replica in another zone than its primary's."
      >
        Multi-AZ
      </Toggle>
    </SpaceBetween>
  );
}
