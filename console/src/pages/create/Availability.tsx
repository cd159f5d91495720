/** Automatic failover and Multi-AZ; one that cannot be had says why. */

import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { zonesOf } from "../../reckoning/newCache";
import type { Wizard } from "./useNewCache";

export function Availability({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem, choices } = wizard;
  const hasReplica = cache.replicaCount !== "0";
  const isCluster = cache.clusterMode !== "disabled";
  const zoneCount = zonesOf(cache.subnetGroup, choices.subnetGroups.answer ?? []).length;
  return (
    <Container header={<Header variant="h2">Availability</Header>}>
      <SpaceBetween size="m">
        <FormField label="Automatic failover" errorText={problem("hasAutomaticFailover")}>
          <Toggle
            checked={cache.hasAutomaticFailover}
            disabled={isCluster || !hasReplica}
            onChange={({ detail }) => change({ hasAutomaticFailover: detail.checked })}
            description={failoverReason(isCluster, hasReplica)}
          >
            A replica takes over when the primary is lost
          </Toggle>
        </FormField>
        <FormField label="Multi-AZ" errorText={problem("isMultiAz")}>
          <Toggle
            checked={cache.isMultiAz}
            disabled={!hasReplica || !cache.hasAutomaticFailover || zoneCount === 1}
            onChange={({ detail }) => change({ isMultiAz: detail.checked })}
            description={multiAzReason(hasReplica, cache.hasAutomaticFailover, zoneCount)}
          >
            Primary and replicas are in different zones
          </Toggle>
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function failoverReason(isCluster: boolean, hasReplica: boolean): string | undefined {
  if (isCluster) return "Always on in cluster mode.";
  return hasReplica ? undefined : "Needs a replica: there is none.";
}

function multiAzReason(hasReplica: boolean, hasFailover: boolean, zoneCount: number): string | undefined {
  if (!hasReplica) return "Needs a replica: there is none.";
  if (!hasFailover) return "Needs automatic failover, which is off.";
  return zoneCount === 1 ? "The subnet group has subnets in one zone only." : undefined;
}
