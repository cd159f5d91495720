/** Changes who is in a user group, or its engine. */

import type { ModifyUserGroupCommandInput, UserGroup } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { useModifyUserGroup } from "../../changes/useModifyUserGroup";
import { CliSection } from "../../parts/CliSection";
import { NotYet } from "../../parts/NotYet";
import { Page } from "../../parts/Page";
import { paths } from "../../paths";
import { useUserGroup } from "../../questions/useUserGroup";
import { modifyUserGroupCommand } from "../../reckoning/userCommands";
import { changeWords, membershipChange } from "../../reckoning/userGroups";
import { useSignedIn } from "../../SignedIn";
import { joined } from "../../words/lists";
import { userGroupPath } from "./addresses";
import { type GroupDraft, GroupForm } from "./GroupForm";
import { whyNotModified } from "./reasons";

export function GroupModification({ id }: { id: string }) {
  const answered = useUserGroup(id);
  const title = `Modify ${id}`;
  const above = [
    { text: "User groups", path: paths.userGroups() },
    { text: id, path: userGroupPath(id) },
  ];
  return (
    <Page title={title} above={above} contentType="form">
      {answered.answer === undefined ? (
        <NotYet title={title} what="the user group" answered={answered} listPath={paths.userGroups()} />
      ) : (
        <Modification group={answered.answer} title={title} />
      )}
    </Page>
  );
}

function Modification({ group, title }: { group: UserGroup; title: string }) {
  const { region } = useSignedIn();
  const navigate = useNavigate();
  const id = group.UserGroupId ?? "";
  const [draft, setDraft] = useState<GroupDraft>(() => ({
    id,
    engine: group.Engine === "redis" ? "redis" : "valkey",
    userIds: group.UserIds ?? [],
  }));
  const { change, isPending, refusal } = useModifyUserGroup();
  const input = modificationInput(group, draft);
  const caches = group.ReplicationGroups ?? [];
  return (
    <GroupForm
      title={title}
      submitText="Save changes"
      draft={draft}
      onChange={(changed) => setDraft((current) => ({ ...current, ...changed }))}
      isNew={false}
      idle={whyNotModified(group) ?? (input === undefined ? "Nothing is changed yet." : undefined)}
      backPath={userGroupPath(id)}
      isPending={isPending}
      refusal={refusal}
      onSubmit={async () => {
        if (input !== undefined && (await change(input)) !== undefined) navigate(userGroupPath(id));
      }}
    >
      {input !== undefined && caches.length > 0 && <Alert type="info">{consequenceOf(group, draft, caches)}</Alert>}
      {input !== undefined && <CliSection command={modifyUserGroupCommand(input, region)} />}
    </GroupForm>
  );
}

function consequenceOf(group: UserGroup, draft: GroupDraft, caches: readonly string[]): string {
  const words = changeWords(membershipChange(group.UserIds ?? [], draft.userIds));
  const place = `in ${joined(caches)} as soon as the engines have followed`;
  return words === "" ? `This counts ${place}.` : `${words}, ${place}. Who goes out can sign in there no more.`;
}

/** Only what differs; undefined where nothing does. */
function modificationInput(group: UserGroup, draft: GroupDraft): ModifyUserGroupCommandInput | undefined {
  const { added, removed } = membershipChange(group.UserIds ?? [], draft.userIds);
  const isSameEngine = draft.engine === group.Engine;
  if (added.length === 0 && removed.length === 0 && isSameEngine) return undefined;
  return {
    UserGroupId: group.UserGroupId,
    Engine: isSameEngine ? undefined : draft.engine,
    UserIdsToAdd: added.length > 0 ? added : undefined,
    UserIdsToRemove: removed.length > 0 ? removed : undefined,
  };
}
