/** One user: who it is, where it may sign in, and what it may do, rule by rule. */

import type { User } from "@aws-sdk/client-elasticache";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";
import { useNavigate } from "react-router-dom";
import { AccessExplanation } from "../../parts/AccessStringEditor";
import { CodeBlock } from "../../parts/CodeBlock";
import { CopyText } from "../../parts/CopyText";
import { Links } from "../../parts/Links";
import { NotYet } from "../../parts/NotYet";
import { Page } from "../../parts/Page";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { StatusWord } from "../../parts/StatusWord";
import { Tags } from "../../parts/Tags";
import { paths } from "../../paths";
import { useUser } from "../../questions/useUser";
import { useUserGroups } from "../../questions/useUserGroups";
import { explainAccessString } from "../../reckoning/accessExplanations";
import { engineWord } from "../../reckoning/users";
import { userGroupPath } from "../userGroups/addresses";
import { DeleteUser } from "./DeleteUser";
import { UserActions } from "./UserActions";
import { authenticationOf } from "./userColumns";

export function UserDetails({ id }: { id: string }) {
  const answered = useUser(id);
  const navigate = useNavigate();
  const [isDeleting, setIsDeleting] = useState(false);
  const user = answered.answer;
  if (user === undefined) {
    return (
      <Page title={id} above={ABOVE}>
        <NotYet title={id} what="the user" answered={answered} listPath={paths.users()} />
      </Page>
    );
  }
  return (
    <Page title={id} above={ABOVE}>
      <SpaceBetween size="l">
        <Header variant="h1" actions={<UserActions user={user} onDelete={() => setIsDeleting(true)} />}>
          {id}
        </Header>
        <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
        <Container header={<Header variant="h2">User</Header>}>
          <Facts user={user} />
        </Container>
        <Container header={<Header variant="h2">Access</Header>}>
          <Access text={user.AccessString ?? ""} engine={user.Engine === "redis" ? "redis" : "valkey"} />
        </Container>
        <Tags arn={user.ARN ?? ""} />
        {isDeleting && (
          <DeleteUser user={user} onDismiss={() => setIsDeleting(false)} onDeleted={() => navigate(paths.users())} />
        )}
      </SpaceBetween>
    </Page>
  );
}

const ABOVE = [{ text: "Users", path: paths.users() }];

function Facts({ user }: { user: User }) {
  const groups = useUserGroups().answer ?? [];
  const caches = groups
    .filter((group) => user.UserGroupIds?.includes(group.UserGroupId ?? ""))
    .flatMap((group) => group.ReplicationGroups ?? []);
  return (
    <KeyValuePairs
      columns={3}
      minColumnWidth={200}
      items={[
        { label: "User name", value: user.UserName ?? "-" },
        { label: "Status", value: <StatusWord status={user.Status} /> },
        { label: "Engine", value: engineWord(user.Engine) },
        { label: "Signs in with", value: authenticationOf(user) },
        { label: "Engine version needed", value: `${user.MinimumEngineVersion ?? "-"} or later` },
        {
          label: "User groups",
          value: (
            <>
              <Links ids={user.UserGroupIds} pathOf={(groupId) => userGroupPath(groupId)} />
              {(user.UserGroupIds ?? []).length === 0 && (
                <Box color="text-body-secondary">No cache lets this user in before it is in a user group.</Box>
              )}
            </>
          ),
        },
        {
          label: "Caches",
          value: <Links ids={[...new Set(caches)]} pathOf={(cacheId) => paths.replicationGroup(cacheId)} />,
        },
        { label: "ARN", value: <CopyText text={user.ARN ?? ""} label="the ARN" /> },
      ]}
    />
  );
}

function Access({ text, engine }: { text: string; engine: "valkey" | "redis" }) {
  const explained = useMemo(() => explainAccessString(text, engine), [text, engine]);
  return (
    <SpaceBetween size="m">
      <CodeBlock text={text} label="the access string" />
      <AccessExplanation explained={explained} value={text} />
    </SpaceBetween>
  );
}
