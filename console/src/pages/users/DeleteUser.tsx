/** Deletes a user once its id was typed, and says before whom it leaves. */

import type { User, UserGroup } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import { useDeleteUser } from "../../changes/useDeleteUser";
import { ConfirmDelete } from "../../parts/ConfirmDelete";
import { useUserGroups } from "../../questions/useUserGroups";
import { DEFAULT_USER } from "../../reckoning/users";
import { joined } from "../../words/lists";

interface Props {
  user: User;
  onDismiss: () => void;
  onDeleted?: () => void;
}

export function DeleteUser({ user, onDismiss, onDeleted }: Props) {
  const { change, isPending, refusal } = useDeleteUser();
  const groups = useUserGroups().answer ?? [];
  const id = user.UserId ?? "";
  const held = groups.filter((group) => user.UserGroupIds?.includes(group.UserGroupId ?? ""));
  const needing = held.filter((group) => group.Engine === "redis" && user.UserName === DEFAULT_USER);
  return (
    <ConfirmDelete
      noun="user"
      typed={id}
      consequence={consequenceOf(user, held)}
      isPending={isPending}
      refusal={refusal}
      onConfirm={async () => {
        if ((await change({ id })) === undefined) return;
        onDismiss();
        onDeleted?.();
      }}
      onDismiss={onDismiss}
    >
      {needing.length > 0 && (
        <Alert type="error">
          {joined(needing.map((group) => group.UserGroupId ?? ""))} cannot be without a user named default, so this will
          be refused. Put another user of that name into it first.
        </Alert>
      )}
    </ConfirmDelete>
  );
}

function consequenceOf(user: User, held: readonly UserGroup[]): string {
  if (held.length === 0)
    return `${user.UserId} is in no user group, so no cache lets it in. It cannot be brought back.`;
  const caches = [...new Set(held.flatMap((group) => group.ReplicationGroups ?? []))];
  const left = `It leaves ${held.length === 1 ? "the user group" : "the user groups"} ${joined(held.map((group) => group.UserGroupId ?? ""))}`;
  if (caches.length === 0) return `${left}, which no cache has. It cannot be brought back.`;
  return `${left}. Nobody can sign in with it any more to ${joined(caches)}. It cannot be brought back.`;
}
