/** All user groups, with what can be done with the one that is chosen. */

import type { UserGroup } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ListTable } from "../../parts/ListTable";
import { Page } from "../../parts/Page";
import { useFollow } from "../../parts/useFollow";
import { href } from "../../paths";
import { useUserGroups } from "../../questions/useUserGroups";
import { createUserGroupPath } from "./addresses";
import { DeleteGroup } from "./DeleteGroup";
import { GroupActions } from "./GroupActions";
import { GROUP_COLUMNS } from "./groupColumns";

export function GroupList() {
  const answered = useUserGroups();
  const follow = useFollow();
  const [chosenId, setChosenId] = useState<string>();
  const [isDeleting, setIsDeleting] = useState(false);
  const groups = answered.answer ?? [];
  const chosen = groups.find((group) => group.UserGroupId === chosenId);
  const create = (
    <Button variant="primary" href={href(createUserGroupPath())} onFollow={follow}>
      Create user group
    </Button>
  );
  return (
    <Page title="User groups" contentType="table">
      <SpaceBetween size="m">
        <Header variant="h1" description="A cache that has a user group lets in its users, and nobody else.">
          User groups
        </Header>
        <ListTable<UserGroup>
          noun="user group"
          id="user-groups"
          title="User groups"
          answered={answered}
          items={groups}
          idOf={(group) => group.UserGroupId ?? ""}
          columns={GROUP_COLUMNS}
          filteredBy={["id", "status", "engine", "users", "caches"]}
          empty={{
            sentence: "There is no user group, so caches let in whoever reaches them, or has their AUTH token.",
            act: create,
          }}
          selection={{
            type: "single",
            selected: chosen === undefined ? [] : [chosen],
            onSelect: ([group]) => setChosenId(group?.UserGroupId),
          }}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <GroupActions group={chosen} onDelete={() => setIsDeleting(true)} />
              {create}
            </SpaceBetween>
          }
        />
        {isDeleting && chosen !== undefined && <DeleteGroup group={chosen} onDismiss={() => setIsDeleting(false)} />}
      </SpaceBetween>
    </Page>
  );
}
