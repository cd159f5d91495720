/** Where a cache is, and which security groups say who may connect. */

import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Subject } from "../../../caches";
import { ActionButton } from "../../../parts/actions/ActionButton";
import { TextLink } from "../../../parts/TextLink";
import { paths } from "../../../paths";
import { useSubnetGroups } from "../../../questions/useSubnetGroups";

export function Network({ subject: { cache, cluster } }: { subject: Subject }) {
  const name = cluster?.CacheSubnetGroupName;
  const subnetGroup = useSubnetGroups().answer?.find((group) => group.CacheSubnetGroupName === name);
  const zones = new Set(subnetGroup?.Subnets?.map((subnet) => subnet.SubnetAvailabilityZone?.Name ?? ""));
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <ActionButton cache={cache} action="security-groups">
              Change security groups
            </ActionButton>
          }
        >
          Network
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        minColumnWidth={200}
        items={[
          {
            label: "Security groups",
            value: (
              <SpaceBetween size="xxs">
                {(cluster?.SecurityGroups ?? []).map(({ SecurityGroupId: id, Status }) => (
                  <div key={id}>
                    <div>{id}</div>
                    <StatusIndicator type={Status === "active" ? "success" : "warning"}>
                      {Status === "active" ? "enforced" : "not enforced here"}
                    </StatusIndicator>
                  </div>
                ))}
              </SpaceBetween>
            ),
          },
          { label: "Subnet group", value: name ? <TextLink to={paths.subnetGroups()}>{name}</TextLink> : "-" },
          { label: "VPC", value: subnetGroup?.VpcId ?? "-" },
          { label: "Zones of its subnets", value: [...zones].sort().join(", ") || "-" },
        ]}
      />
    </Container>
  );
}
