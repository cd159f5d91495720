/** Deletes a subnet group of one's own, and says before who uses it: the API refuses it then. */

import { useDeleteSubnetGroup } from "../../changes/useDeleteSubnetGroup";
import { ConfirmDelete } from "../../parts/ConfirmDelete";
import type { NamedCache } from "../../reckoning/cacheMembers";
import { counted } from "../../words/numbers";

interface Props {
  name: string;
  /** Absent while it is not known, or where nobody does. */
  users: readonly NamedCache[] | undefined;
  onDeleted: () => void;
  onDismiss: () => void;
}

export function DeleteSubnetGroup({ name, users = [], onDeleted, onDismiss }: Props) {
  const { change, isPending, refusal } = useDeleteSubnetGroup();
  return (
    <ConfirmDelete
      noun="subnet group"
      typed={name}
      consequence={
        users.length === 0
          ? `The group ${name} is gone for good; its subnets stay.`
          : `${counted(users.length, "cache")} ${users.length === 1 ? "lives" : "live"} in ${name}. The API refuses to delete it until ${users.length === 1 ? "it is" : "they are"} deleted.`
      }
      isPending={isPending}
      refusal={refusal}
      onConfirm={async () => {
        if ((await change(name)) !== undefined) onDeleted();
      }}
      onDismiss={onDismiss}
    />
  );
}
