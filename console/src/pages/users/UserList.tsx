/** All users, with what can be done with the one that is chosen. */

import type { User } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ListTable } from "../../parts/ListTable";
import { Page } from "../../parts/Page";
import { useFollow } from "../../parts/useFollow";
import { href } from "../../paths";
import { useUsers } from "../../questions/useUsers";
import { createUserPath } from "./addresses";
import { DeleteUser } from "./DeleteUser";
import { UserActions } from "./UserActions";
import { USER_COLUMNS } from "./userColumns";

export function UserList() {
  const answered = useUsers();
  const follow = useFollow();
  const [chosenId, setChosenId] = useState<string>();
  const [isDeleting, setIsDeleting] = useState(false);
  const users = answered.answer ?? [];
  const chosen = users.find((user) => user.UserId === chosenId);
  const create = (
    <Button variant="primary" href={href(createUserPath())} onFollow={follow}>
      Create user
    </Button>
  );
  return (
    <Page title="Users" contentType="table">
      <SpaceBetween size="m">
        <Header
          variant="h1"
          description="Who may sign in to caches, and what each may do there. A cache lets in the users of its user group."
        >
          Users
        </Header>
        <ListTable<User>
          noun="user"
          id="users"
          title="Users"
          answered={answered}
          items={users}
          idOf={(user) => user.UserId ?? ""}
          columns={USER_COLUMNS}
          filteredBy={["id", "name", "engine", "status", "authentication", "groups"]}
          empty={{ sentence: "There is no user.", act: create }}
          selection={{
            type: "single",
            selected: chosen === undefined ? [] : [chosen],
            onSelect: ([user]) => setChosenId(user?.UserId),
          }}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <UserActions user={chosen} onDelete={() => setIsDeleting(true)} />
              {create}
            </SpaceBetween>
          }
        />
        {isDeleting && chosen !== undefined && <DeleteUser user={chosen} onDismiss={() => setIsDeleting(false)} />}
      </SpaceBetween>
    </Page>
  );
}
