/** All parameter groups: those that there are by default, and one's own. */

import type { CacheParameterGroup } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { CacheLinks } from "../parts/CacheLinks";
import { type Column, ListTable } from "../parts/ListTable";
import { Page } from "../parts/Page";
import { TextLink } from "../parts/TextLink";
import { paths } from "../paths";
import { useEveryCacheCluster } from "../questions/useEveryCacheCluster";
import { useParameterGroups } from "../questions/useParameterGroups";
import { cachesBy, type NamedCache } from "../reckoning/cacheMembers";
import { CreateParameterGroup } from "./parameters/CreateParameterGroup";
import { DeleteParameterGroup } from "./parameters/DeleteParameterGroup";
import { isDefaultGroup, usedParameterGroup } from "./parameters/groups";

type Users = ReadonlyMap<string, NamedCache[]>;

export default function ParameterGroups() {
  const answered = useParameterGroups();
  const clusters = useEveryCacheCluster();
  const [chosen, setChosen] = useState<CacheParameterGroup>();
  const [open, setOpen] = useState<"create" | "delete">();
  const users = clusters.answer && cachesBy(clusters.answer, usedParameterGroup);
  const groups = ownFirst(answered.answer ?? []);
  const create = <Button onClick={() => setOpen("create")}>Create parameter group</Button>;
  const chosenName = chosen?.CacheParameterGroupName ?? "";
  const close = () => setOpen(undefined);
  return (
    <Page title="Parameter groups" contentType="table">
      <SpaceBetween size="m">
        <Header
          variant="h1"
          description="How engines are set up. Caches that use a group have its values; a change reaches all of them."
        >
          Parameter groups
        </Header>
        <ListTable
          noun="parameter group"
          id="parameter-groups"
          title="Groups"
          answered={answered}
          items={groups}
          idOf={(group) => group.CacheParameterGroupName ?? ""}
          columns={columnsOf(users)}
          filteredBy={["name", "family", "kind", "description"]}
          empty={{ sentence: "There are no parameter groups.", act: create }}
          selection={{ type: "single", selected: chosen ? [chosen] : [], onSelect: ([group]) => setChosen(group) }}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                disabled={chosen === undefined || isDefaultGroup(chosenName)}
                disabledReason={
                  chosen === undefined ? "Select a group of your own first." : "A default group cannot be deleted."
                }
                onClick={() => setOpen("delete")}
              >
                Delete
              </Button>
              <Button variant="primary" onClick={() => setOpen("create")}>
                Create parameter group
              </Button>
            </SpaceBetween>
          }
        />
        {open === "create" && <CreateParameterGroup groups={groups} onDismiss={close} />}
        {open === "delete" && (
          <DeleteParameterGroup
            name={chosenName}
            users={users?.get(chosenName)}
            onDismiss={close}
            onDeleted={() => {
              setChosen(undefined);
              close();
            }}
          />
        )}
      </SpaceBetween>
    </Page>
  );
}

/** The API lists the defaults first, of which there are more than anybody looks at. */
function ownFirst(groups: readonly CacheParameterGroup[]): CacheParameterGroup[] {
  const isDefault = (group: CacheParameterGroup) => isDefaultGroup(group.CacheParameterGroupName ?? "");
  return [...groups.filter((group) => !isDefault(group)), ...groups.filter(isDefault)];
}

function columnsOf(users: Users | undefined): Column<CacheParameterGroup>[] {
  const name = (group: CacheParameterGroup) => group.CacheParameterGroupName ?? "";
  const kind = (group: CacheParameterGroup) => (isDefaultGroup(name(group)) ? "Default" : "Own");
  return [
    {
      id: "name",
      header: "Name",
      text: name,
      cell: (group) => <TextLink to={paths.parameterGroup(name(group))}>{name(group)}</TextLink>,
      isRowHeader: true,
      minWidth: 230,
    },
    {
      id: "family",
      header: "Family",
      text: (group) => group.CacheParameterGroupFamily ?? "",
      cell: (group) => group.CacheParameterGroupFamily,
    },
    { id: "kind", header: "Kind", text: kind, cell: kind },
    {
      id: "description",
      header: "Description",
      text: (group) => group.Description ?? "",
      cell: (group) => group.Description || "-",
      minWidth: 200,
    },
    {
      id: "users",
      header: "Used by",
      text: (group) => users?.get(name(group))?.length ?? 0,
      cell: (group) => (users === undefined ? "Not known yet" : <CacheLinks caches={users.get(name(group)) ?? []} />),
    },
    {
      id: "arn",
      header: "ARN",
      text: (group) => group.ARN ?? "",
      cell: (group) => group.ARN,
      isHiddenAtFirst: true,
    },
  ];
}
