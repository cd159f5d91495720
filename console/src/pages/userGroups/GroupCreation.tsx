/** Makes a user group. */

import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { useCreateUserGroup } from "../../changes/useCreateUserGroup";
import { CliSection } from "../../parts/CliSection";
import { Page } from "../../parts/Page";
import { paths } from "../../paths";
import { createUserGroupCommand } from "../../reckoning/userCommands";
import { useSignedIn } from "../../SignedIn";
import { userGroupPath } from "./addresses";
import { type GroupDraft, GroupForm } from "./GroupForm";

export function GroupCreation() {
  const { region } = useSignedIn();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<GroupDraft>({ id: "", engine: "valkey", userIds: [] });
  const { change, isPending, refusal } = useCreateUserGroup();
  const input = { UserGroupId: draft.id, Engine: draft.engine, UserIds: [...draft.userIds] };
  return (
    <Page title="Create user group" above={[{ text: "User groups", path: paths.userGroups() }]} contentType="form">
      <GroupForm
        title="Create user group"
        submitText="Create user group"
        draft={draft}
        onChange={(changed) => setDraft((current) => ({ ...current, ...changed }))}
        isNew
        backPath={paths.userGroups()}
        isPending={isPending}
        refusal={refusal}
        onSubmit={async () => {
          const made = await change(input);
          if (made?.UserGroupId !== undefined) navigate(userGroupPath(made.UserGroupId));
        }}
      >
        <CliSection command={createUserGroupCommand(input, region)} />
      </GroupForm>
    </Page>
  );
}
