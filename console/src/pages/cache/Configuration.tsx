/** How the cache is configured, in pairs of a name and a value. */

import type { CacheCluster } from "@aws-sdk/client-elasticache";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { isMemcached, type Subject } from "../../caches";
import { CopyText } from "../../parts/CopyText";
import { wordOf } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { AT_REST_WORDS } from "../../reckoning/access";
import { byZone, cacheNodesOf } from "../../reckoning/cacheNodes";
import { pendingOf } from "../../reckoning/pendingValues";
import { engineTitle } from "../../reckoning/upgrades";
import { joined } from "../../words/lists";
import { moment } from "../../words/times";

export function Configuration({ subject }: { subject: Subject }) {
  return (
    <Container header={<Header variant="h2">Configuration</Header>}>
      <KeyValuePairs minColumnWidth={210} columns={4} items={[...whatItIs(subject), ...howItIsKept(subject)]} />
    </Container>
  );
}

function whatItIs({ cache, group, cluster }: Subject): KeyValuePairsProps.Pair[] {
  const ofGroup = group !== undefined;
  const ofMemcached = isMemcached(cache);
  const pairs: (KeyValuePairsProps.Pair | false)[] = [
    { label: "Engine", value: engineTitle(cache.engine, cluster?.EngineVersion) },
    { label: "Node type", value: cache.nodeType },
    ofGroup && { label: "Cluster mode", value: wordOf(cache.clusterMode) },
    ofGroup && { label: "Shards", value: String(cache.shardCount) },
    { label: "Nodes", value: String(cache.nodeCount) },
    ofGroup && { label: "Automatic failover", value: wordOf(group.AutomaticFailover ?? "disabled") },
    ofGroup && { label: "Multi-AZ", value: wordOf(group.MultiAZ ?? "disabled") },
    { label: "Encryption in transit", value: wordOf(cache.encryption) },
    ofMemcached && { label: "Zones", value: zoneWords(cluster) },
    !ofMemcached && { label: "Encryption at rest", value: AT_REST_WORDS },
    !ofMemcached && { label: "Access", value: <Access subject={{ cache, group, cluster }} /> },
  ];
  return pairs.filter((pair) => pair !== false);
}

function howItIsKept({ cache, group, cluster }: Subject): KeyValuePairsProps.Pair[] {
  const parameterGroup = cluster?.CacheParameterGroup?.CacheParameterGroupName;
  const pending = pendingOf({ cache, group, cluster });
  const toReboot = cluster?.CacheParameterGroup?.CacheNodeIdsToReboot ?? [];
  const pairs: (KeyValuePairsProps.Pair | false)[] = [
    {
      label: "Parameter group",
      value: parameterGroup ? <TextLink to={paths.parameterGroup(parameterGroup)}>{parameterGroup}</TextLink> : "-",
    },
    isMemcached(cache) && {
      label: "Values of parameters",
      value:
        toReboot.length === 0 ? (
          "In force"
        ) : (
          <StatusIndicator type="pending">{`Wait for a reboot of ${joined(toReboot)}`}</StatusIndicator>
        ),
    },
    {
      label: "Subnet group",
      value: <TextLink to={paths.subnetGroups()}>{cluster?.CacheSubnetGroupName ?? "-"}</TextLink>,
    },
    { label: "Maintenance window (UTC)", value: cluster?.PreferredMaintenanceWindow ?? "-" },
    !isMemcached(cache) && {
      label: "Automatic minor upgrades",
      value: cluster?.AutoMinorVersionUpgrade ? "On" : "Off",
    },
    {
      label: "Pending changes",
      value: pending.length === 0 ? "None" : pending.join(", "),
    },
    { label: "Created", value: cache.createdAt === undefined ? "-" : moment(cache.createdAt) },
    { label: "ARN", value: <CopyText text={cache.arn} label="the ARN" /> },
  ];
  return pairs.filter((pair) => pair !== false);
}

/** AWS says ``Multiple`` of several. */
function zoneWords(cluster: CacheCluster | undefined): string {
  const zones = byZone(cacheNodesOf(cluster, undefined)).map(({ zone }) => zone);
  return zones.length > 0 ? joined(zones) : (cluster?.PreferredAvailabilityZone ?? "-");
}

function Access({ subject: { cache, group } }: { subject: Subject }) {
  if (cache.access === "open") return <>Open to all who reach it</>;
  if (cache.access === "AUTH token") return <>AUTH token</>;
  return <TextLink to={paths.userGroups()}>{`Users of ${group?.UserGroupIds?.join(", ")}`}</TextLink>;
}
