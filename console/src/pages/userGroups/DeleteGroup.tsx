/** Deletes a user group once its id was typed. */

import type { UserGroup } from "@aws-sdk/client-elasticache";
import { useDeleteUserGroup } from "../../changes/useDeleteUserGroup";
import { ConfirmDelete } from "../../parts/ConfirmDelete";
import { counted } from "../../words/numbers";

interface Props {
  group: UserGroup;
  onDismiss: () => void;
  onDeleted?: () => void;
}

export function DeleteGroup({ group, onDismiss, onDeleted }: Props) {
  const { change, isPending, refusal } = useDeleteUserGroup();
  const id = group.UserGroupId ?? "";
  const count = group.UserIds?.length ?? 0;
  return (
    <ConfirmDelete
      noun="user group"
      typed={id}
      consequence={
        count === 0
          ? "No cache has it, and it has no user. It cannot be brought back."
          : `No cache has it. Its ${counted(count, "user")} will be there still, and in it no more. It cannot be brought back.`
      }
      isPending={isPending}
      refusal={refusal}
      onConfirm={async () => {
        if ((await change({ id })) === undefined) return;
        onDismiss();
        onDeleted?.();
      }}
      onDismiss={onDismiss}
    />
  );
}
