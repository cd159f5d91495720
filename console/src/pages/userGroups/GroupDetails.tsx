/** One user group: who is in it, which caches have it, and what is still under way. */

import type { User, UserGroup } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { CopyText } from "../../parts/CopyText";
import { Links } from "../../parts/Links";
import { ListTable } from "../../parts/ListTable";
import { NotYet } from "../../parts/NotYet";
import { Page } from "../../parts/Page";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { StatusWord } from "../../parts/StatusWord";
import { Tags } from "../../parts/Tags";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { useUserGroup } from "../../questions/useUserGroup";
import { useUsers } from "../../questions/useUsers";
import { letsInEverybody } from "../../reckoning/userGroups";
import { engineWord } from "../../reckoning/users";
import { USER_COLUMNS } from "../users/userColumns";
import { userGroupPath } from "./addresses";
import { DeleteGroup } from "./DeleteGroup";
import { GroupActions } from "./GroupActions";
import { pendingOf } from "./groupColumns";

/** That they are in it needs no column. */
const MEMBER_COLUMNS = USER_COLUMNS.filter((column) => column.id !== "groups");

const ABOVE = [{ text: "User groups", path: paths.userGroups() }];

export function GroupDetails({ id }: { id: string }) {
  const answered = useUserGroup(id);
  const navigate = useNavigate();
  const [isDeleting, setIsDeleting] = useState(false);
  const group = answered.answer;
  if (group === undefined) {
    return (
      <Page title={id} above={ABOVE}>
        <NotYet title={id} what="the user group" answered={answered} listPath={paths.userGroups()} />
      </Page>
    );
  }
  const pending = pendingOf(group);
  return (
    <Page title={id} above={ABOVE}>
      <SpaceBetween size="l">
        <Header variant="h1" actions={<GroupActions group={group} onDelete={() => setIsDeleting(true)} />}>
          {id}
        </Header>
        <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
        {pending !== undefined && <Alert type="info">{`${pending} as soon as every engine has followed.`}</Alert>}
        <Container header={<Header variant="h2">User group</Header>}>
          <Facts group={group} />
        </Container>
        <MemberList group={group} />
        <Tags arn={group.ARN ?? ""} />
        {isDeleting && (
          <DeleteGroup
            group={group}
            onDismiss={() => setIsDeleting(false)}
            onDeleted={() => navigate(paths.userGroups())}
          />
        )}
      </SpaceBetween>
    </Page>
  );
}

function Facts({ group }: { group: UserGroup }) {
  const caches = group.ReplicationGroups ?? [];
  return (
    <KeyValuePairs
      columns={3}
      minColumnWidth={200}
      items={[
        { label: "Status", value: <StatusWord status={group.Status} /> },
        { label: "Engine", value: engineWord(group.Engine) },
        { label: "Engine version needed", value: `${group.MinimumEngineVersion ?? "-"} or later` },
        {
          label: "Caches",
          value:
            caches.length === 0 ? (
              <>
                No cache has it. A cache with encryption in transit can be given it:{" "}
                <TextLink to={paths.caches()}>choose one</TextLink>.
              </>
            ) : (
              <Links ids={caches} pathOf={(cacheId) => paths.replicationGroup(cacheId, "security")} />
            ),
        },
        { label: "ARN", value: <CopyText text={group.ARN ?? ""} label="the ARN" /> },
      ]}
    />
  );
}

function MemberList({ group }: { group: UserGroup }) {
  const answered = useUsers();
  const members = (answered.answer ?? []).filter((user) => group.UserIds?.includes(user.UserId ?? ""));
  return (
    <SpaceBetween size="m">
      {letsInEverybody(members) && (
        <Alert type="warning">
          The user named default has no password: whoever reaches a cache with this user group is let in.
        </Alert>
      )}
      <ListTable<User>
        noun="user"
        id="user-group-members"
        title="Users"
        answered={answered}
        items={members}
        idOf={(user) => user.UserId ?? ""}
        columns={MEMBER_COLUMNS}
        empty={{
          sentence: "Nobody is in it, so a cache with it lets in nobody.",
          act: <TextLink to={userGroupPath(group.UserGroupId ?? "", "modify")}>Put users into it</TextLink>,
        }}
      />
    </SpaceBetween>
  );
}
