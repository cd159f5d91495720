/** Makes a user. */

import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { useCreateUser } from "../../changes/useCreateUser";
import { CliSection } from "../../parts/CliSection";
import { Page } from "../../parts/Page";
import { paths } from "../../paths";
import { createUserCommand } from "../../reckoning/userCommands";
import { useSignedIn } from "../../SignedIn";
import { userPath } from "./addresses";
import { creationInput, type Draft, FIRST_DRAFT, problemsOf } from "./draft";
import { UserForm } from "./UserForm";

export function UserCreation() {
  const { region } = useSignedIn();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<Draft>(FIRST_DRAFT);
  const { change, isPending, refusal } = useCreateUser();
  const input = creationInput(draft);
  return (
    <Page title="Create user" above={[{ text: "Users", path: paths.users() }]} contentType="form">
      <UserForm
        title="Create user"
        submitText="Create user"
        draft={draft}
        onChange={(changed) => setDraft((current) => ({ ...current, ...changed }))}
        problems={problemsOf(draft)}
        backPath={paths.users()}
        isPending={isPending}
        refusal={refusal}
        onSubmit={async () => {
          const made = await change(input);
          if (made?.UserId !== undefined) navigate(userPath(made.UserId));
        }}
      >
        <CliSection command={createUserCommand(input, region)} hasStars={draft.authentication === "password"} />
      </UserForm>
    </Page>
  );
}
