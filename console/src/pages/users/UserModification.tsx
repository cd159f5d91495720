/** Changes what a user may do, or how it signs in. */

import type { User } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { useModifyUser } from "../../changes/useModifyUser";
import { CliSection } from "../../parts/CliSection";
import { NotYet } from "../../parts/NotYet";
import { Page } from "../../parts/Page";
import { paths } from "../../paths";
import { useUser } from "../../questions/useUser";
import { modifyUserCommand } from "../../reckoning/userCommands";
import type { AuthenticationType } from "../../reckoning/users";
import { useSignedIn } from "../../SignedIn";
import { joined } from "../../words/lists";
import { userPath } from "./addresses";
import { type Draft, draftOf, modificationInput, problemsOf } from "./draft";

import { whyNotModified } from "./reasons";
import { UserForm } from "./UserForm";
import { authenticationOf } from "./userColumns";

export function UserModification({ id }: { id: string }) {
  const answered = useUser(id);
  const title = `Modify ${id}`;
  const above = [
    { text: "Users", path: paths.users() },
    { text: id, path: userPath(id) },
  ];
  return (
    <Page title={title} above={above} contentType="form">
      {answered.answer === undefined ? (
        <NotYet title={title} what="the user" answered={answered} listPath={paths.users()} />
      ) : (
        <Modification user={answered.answer} title={title} />
      )}
    </Page>
  );
}

function Modification({ user, title }: { user: User; title: string }) {
  const { region } = useSignedIn();
  const navigate = useNavigate();
  const id = user.UserId ?? "";
  const [draft, setDraft] = useState<Draft>(() => draftOf(user));
  const { change, isPending, refusal } = useModifyUser();
  const input = modificationInput(user, draft);
  return (
    <UserForm
      title={title}
      submitText="Save changes"
      draft={draft}
      onChange={(changed) => setDraft((current) => ({ ...current, ...changed }))}
      problems={problemsOf(draft, user.Authentication?.Type as AuthenticationType | undefined)}
      kept={authenticationOf(user)}
      idle={whyNotModified(user) ?? (input === undefined ? "Nothing is changed yet." : undefined)}
      backPath={userPath(id)}
      isPending={isPending}
      refusal={refusal}
      onSubmit={async () => {
        if (input !== undefined && (await change(input)) !== undefined) navigate(userPath(id));
      }}
    >
      {(user.UserGroupIds ?? []).length > 0 && (
        <Alert type="info">
          {`This counts for every cache that has ${joined(user.UserGroupIds ?? [], "or")}, as soon as its engines have followed.`}
        </Alert>
      )}
      {input !== undefined && (
        <CliSection command={modifyUserCommand(input, region)} hasStars={draft.authentication === "password"} />
      )}
    </UserForm>
  );
}
