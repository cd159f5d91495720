/** Who may sign in to a replication group: everybody, the users of a user group, or whoever has an AUTH token. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import type { Cache } from "../../caches";
import { useModify } from "../../changes/useModify";
import { paths } from "../../paths";
import { useUserGroups } from "../../questions/useUserGroups";
import { accessModifications, refusalOfToken, type WantedAccess } from "../../reckoning/access";
import { FormDialog } from "../FormDialog";
import { RefusalAlert } from "../RefusalAlert";
import { TextLink } from "../TextLink";
import type { DialogProps } from "./dialogs";
import { TokenField } from "./TokenField";

type Kind = Cache["access"];

export function UserGroupDialog({ subject: { cache, group }, onDismiss }: DialogProps) {
  const present = { kind: cache.access, userGroupId: group?.UserGroupIds?.[0] };
  const [kind, setKind] = useState<Kind>("users");
  const [userGroupId, setUserGroupId] = useState(present.userGroupId ?? "");
  const [token, setToken] = useState("");
  const modifying = useModify(cache);
  const wanted = wantedOf(kind, userGroupId, token);
  const modifications = accessModifications(present, wanted);
  const isTokenGood = kind !== "AUTH token" || refusalOfToken(token) === undefined;
  return (
    <FormDialog
      title={`Who may sign in to ${cache.id}`}
      confirm="Change"
      isConfirmable={modifications !== undefined && isTokenGood}
      onConfirm={async () =>
        modifications && modifying.change({ modifications, said: `Who may sign in to ${cache.id} is being changed.` })
      }
      onDismiss={onDismiss}
      changing={modifying}
    >
      <FormField label="Who may sign in">
        <RadioGroup
          value={kind}
          onChange={({ detail }) => setKind(detail.value as Kind)}
          items={choicesFrom(cache.access)}
        />
      </FormField>
      {kind === "users" && <UserGroupField engine={cache.engine} chosen={userGroupId} onChoose={setUserGroupId} />}
      {kind === "AUTH token" && cache.access === "users" && (
        <TokenField label="Token" token={token} onChange={setToken} />
      )}
      <Consequence present={cache.access} wanted={kind} />
    </FormDialog>
  );
}

function wantedOf(kind: Kind, userGroupId: string, token: string): WantedAccess {
  if (kind === "users") return { kind, userGroupId };
  return kind === "open" ? { kind } : { kind, token };
}

function choicesFrom(present: Kind) {
  return [
    {
      value: "users",
      label: "The users of a user group",
      description: "Each with a password and rights of its own.",
    },
    {
      value: "AUTH token",
      label: "Whoever has an AUTH token",
      disabled: present !== "users",
      description: present === "users" ? undefined : "There is a dialog for the token: “Change the AUTH token”.",
    },
    {
      value: "open",
      label: "Everybody who reaches it",
      disabled: present !== "users",
      description: whyNotOpen(present),
    },
  ];
}

function whyNotOpen(present: Kind): string | undefined {
  if (present === "open") return "As it is.";
  return present === "users" ? undefined : "AWS has no call for it: a token only gives way to a user group.";
}

function UserGroupField(props: { engine: string; chosen: string; onChoose: (id: string) => void }) {
  const groups = useUserGroups();
  const fitting = (groups.answer ?? []).filter((group) => props.engine === "valkey" || group.Engine === props.engine);
  return (
    <FormField
      label="User group"
      description={
        <>
          They are made on the page <TextLink to={paths.userGroups()}>User groups</TextLink>.
        </>
      }
    >
      <RefusalAlert refusal={groups.refusal} />
      <Select
        statusType={groups.isWaiting ? "loading" : "finished"}
        loadingText="Asking for user groups"
        selectedOption={props.chosen === "" ? null : { value: props.chosen, label: props.chosen }}
        placeholder="Choose a user group"
        empty="There is no user group for this engine yet."
        options={fitting.map(({ UserGroupId = "", UserIds = [], Status }) => ({
          value: UserGroupId,
          label: UserGroupId,
          description: UserIds.length === 0 ? "nobody" : UserIds.join(", "),
          disabled: Status !== "active",
          disabledReason: `It is ${Status}.`,
        }))}
        onChange={({ detail }) => props.onChoose(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}

function Consequence({ present, wanted }: { present: Kind; wanted: Kind }) {
  if (wanted === "open") {
    return (
      <Alert type="warning">
        Whoever reaches its port may read and write everything, without a name or a password.
      </Alert>
    );
  }
  if (wanted === "users" && present === "AUTH token") {
    return (
      <Alert type="warning">
        The token is good no more. Clients that send it sign in as “default”: give the user group a user of that name
        with the token as its password first, and they go on as they are.
      </Alert>
    );
  }
  if (wanted === "users" && present === "open") {
    return <Alert type="warning">Clients that send no name and password are let in no more.</Alert>;
  }
  return null;
}
