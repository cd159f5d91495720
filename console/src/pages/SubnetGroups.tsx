/** All subnet groups: in which subnets, and so in which zones, a cache's nodes may live. */

import type { CacheSubnetGroup } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { CacheLinks } from "../parts/CacheLinks";
import { type Column, ListTable } from "../parts/ListTable";
import { Page } from "../parts/Page";
import { useEveryCacheCluster } from "../questions/useEveryCacheCluster";
import { useSubnetGroups } from "../questions/useSubnetGroups";
import { cachesBy, type NamedCache } from "../reckoning/cacheMembers";
import { DeleteSubnetGroup } from "./subnets/DeleteSubnetGroup";
import { SubnetGroupForm } from "./subnets/SubnetGroupForm";

const BUILT_IN = "default";

type Users = ReadonlyMap<string, NamedCache[]>;

export default function SubnetGroups() {
  const answered = useSubnetGroups();
  const clusters = useEveryCacheCluster();
  const users = clusters.answer && cachesBy(clusters.answer, (cluster) => cluster.CacheSubnetGroupName);
  const [chosenName, setChosenName] = useState<string>();
  const [open, setOpen] = useState<"create" | "modify" | "delete">();
  const groups = answered.answer ?? [];
  const chosen = groups.find((group) => group.CacheSubnetGroupName === chosenName);
  const close = () => setOpen(undefined);
  const isLocked = chosen === undefined || chosenName === BUILT_IN;
  const lockedReason =
    chosen === undefined
      ? "Select a group of your own first."
      : "The built-in group can be neither changed nor deleted.";
  const create = (
    <Button variant="primary" onClick={() => setOpen("create")}>
      Create subnet group
    </Button>
  );
  return (
    <Page title="Subnet groups" contentType="table">
      <SpaceBetween size="m">
        <Header
          variant="h1"
          description="In which subnets, and so in which zones, the nodes of a cache may live. A cache has its group for good."
        >
          Subnet groups
        </Header>
        <ListTable
          noun="subnet group"
          id="subnet-groups"
          title="Groups"
          answered={answered}
          items={groups}
          idOf={(group) => group.CacheSubnetGroupName ?? ""}
          columns={columnsOf(users)}
          empty={{ sentence: "There are no subnet groups.", act: create }}
          selection={{
            type: "single",
            selected: chosen ? [chosen] : [],
            onSelect: ([group]) => setChosenName(group?.CacheSubnetGroupName),
          }}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={isLocked} disabledReason={lockedReason} onClick={() => setOpen("modify")}>
                Modify
              </Button>
              <Button disabled={isLocked} disabledReason={lockedReason} onClick={() => setOpen("delete")}>
                Delete
              </Button>
              {create}
            </SpaceBetween>
          }
        />
        {open === "create" && <SubnetGroupForm onDone={close} onDismiss={close} />}
        {open === "modify" && chosen !== undefined && (
          <SubnetGroupForm modified={chosen} onDone={close} onDismiss={close} />
        )}
        {open === "delete" && chosenName !== undefined && (
          <DeleteSubnetGroup
            name={chosenName}
            users={users?.get(chosenName)}
            onDismiss={close}
            onDeleted={() => {
              setChosenName(undefined);
              close();
            }}
          />
        )}
      </SpaceBetween>
    </Page>
  );
}

function columnsOf(users: Users | undefined): Column<CacheSubnetGroup>[] {
  const name = (group: CacheSubnetGroup) => group.CacheSubnetGroupName ?? "";
  const subnets = (group: CacheSubnetGroup) =>
    (group.Subnets ?? []).map((one) => `${one.SubnetIdentifier} in ${one.SubnetAvailabilityZone?.Name}`);
  const zones = (group: CacheSubnetGroup) =>
    [...new Set((group.Subnets ?? []).flatMap((one) => one.SubnetAvailabilityZone?.Name ?? []))].sort();
  return [
    {
      id: "name",
      header: "Name",
      text: name,
      cell: (group) => (name(group) === BUILT_IN ? `${BUILT_IN} (built in)` : name(group)),
      isRowHeader: true,
      width: 140,
    },
    {
      id: "description",
      header: "Description",
      text: (group) => group.CacheSubnetGroupDescription ?? "",
      cell: (group) => group.CacheSubnetGroupDescription || "-",
      width: 150,
    },
    { id: "vpc", header: "VPC", text: (group) => group.VpcId ?? "", cell: (group) => group.VpcId, width: 180 },
    {
      id: "users",
      header: "Used by",
      text: (group) => users?.get(name(group))?.length ?? 0,
      cell: (group) => (users === undefined ? "Not known yet" : <CacheLinks caches={users.get(name(group)) ?? []} />),
      width: 110,
    },
    {
      id: "subnets",
      header: "Subnets",
      text: (group) => subnets(group).join(" "),
      cell: (group) => subnets(group).map((subnet) => <div key={subnet}>{subnet}</div>),
      width: 300,
    },
    {
      id: "zones",
      header: "Zones",
      text: (group) => zones(group).join(" "),
      cell: (group) => zones(group).join(", "),
      isHiddenAtFirst: true,
    },
    { id: "arn", header: "ARN", text: (group) => group.ARN ?? "", cell: (group) => group.ARN, isHiddenAtFirst: true },
  ];
}
