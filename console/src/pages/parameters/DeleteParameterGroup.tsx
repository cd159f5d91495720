/** Deletes a group of one's own, and says before who uses it: the API refuses it then. */

import { useDeleteParameterGroup } from "../../changes/useDeleteParameterGroup";
import { ConfirmDelete } from "../../parts/ConfirmDelete";
import type { NamedCache } from "../../reckoning/cacheMembers";
import { counted } from "../../words/numbers";

interface Props {
  name: string;
  /** Absent while it is not known. */
  users: readonly NamedCache[] | undefined;
  onDeleted: () => void;
  onDismiss: () => void;
}

export function DeleteParameterGroup({ name, users, onDeleted, onDismiss }: Props) {
  const { change, isPending, refusal } = useDeleteParameterGroup();
  const userCount = users?.length ?? 0;
  const consequence =
    userCount === 0
      ? `The group ${name} and the values in it are gone for good.`
      : `${counted(userCount, "cache")} ${userCount === 1 ? "uses" : "use"} ${name}. The API refuses to delete it until ${userCount === 1 ? "it uses" : "they use"} another group.`;
  return (
    <ConfirmDelete
      noun="parameter group"
      typed={name}
      consequence={consequence}
      isPending={isPending}
      refusal={refusal}
      onConfirm={async () => {
        if ((await change(name)) !== undefined) onDeleted();
      }}
      onDismiss={onDismiss}
    />
  );
}
