/** Who signs in: everybody, whoever has an AUTH token, or the users of a user group. */

import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Subject } from "../../../caches";
import { ActionButton } from "../../../parts/actions/ActionButton";
import { TextLink } from "../../../parts/TextLink";
import { paths } from "../../../paths";
import { useUserGroups } from "../../../questions/useUserGroups";
import { counted } from "../../../words/numbers";
import { moment } from "../../../words/times";

export function AccessControl({ subject }: { subject: Subject }) {
  const { cache, group, cluster } = subject;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <ActionButton cache={cache} action="auth-token">
                {cache.access === "AUTH token" ? "Rotate the AUTH token" : "Give it an AUTH token"}
              </ActionButton>
              <ActionButton cache={cache} action="user-group">
                Change who may sign in
              </ActionButton>
            </SpaceBetween>
          }
        >
          Access control
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        minColumnWidth={200}
        items={[
          { label: "Who may sign in", value: WORDS[cache.access] },
          ...(cache.access === "AUTH token"
            ? tokenPairs((group ?? cluster)?.AuthTokenLastModifiedDate)
            : cache.access === "users"
              ? [userGroupPair(group?.UserGroupIds ?? [])]
              : []),
        ]}
      />
    </Container>
  );
}

const WORDS: Record<Subject["cache"]["access"], string> = {
  open: "Everybody who may connect",
  "AUTH token": "Whoever has an AUTH token",
  users: "The users of a user group",
};

function tokenPairs(changedAt: Date | undefined): KeyValuePairsProps.Pair[] {
  return [
    { label: "Token", value: "Kept as a digest: nobody can read it back" },
    { label: "Last changed", value: changedAt === undefined ? "-" : moment(changedAt) },
  ];
}

function userGroupPair(ids: readonly string[]): KeyValuePairsProps.Pair {
  return { label: "User group", value: <UserGroupLinks ids={ids} /> };
}

function UserGroupLinks({ ids }: { ids: readonly string[] }) {
  const { answer } = useUserGroups();
  return (
    <>
      {ids.map((id) => {
        const users = answer?.find((group) => group.UserGroupId === id)?.UserIds;
        return (
          <div key={id}>
            <TextLink to={paths.userGroups()}>{id}</TextLink>
            {users === undefined ? "" : `, with ${counted(users.length, "user")}: ${users.join(", ") || "nobody"}`}
          </div>
        );
      })}
    </>
  );
}
