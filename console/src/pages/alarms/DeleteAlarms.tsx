/** Deletes alarms, after their name was typed. */

import { useDeleteAlarms } from "../../changes/useDeleteAlarms";
import { ConfirmDelete } from "../../parts/ConfirmDelete";
import { counted } from "../../words/numbers";

interface Props {
  names: readonly string[];
  onDismiss: () => void;
  onDeleted?: () => void;
}

export function DeleteAlarms({ names, onDismiss, onDeleted }: Props) {
  const { change, isPending, refusal } = useDeleteAlarms();
  const [only = ""] = names;
  const isOne = names.length === 1;
  const remove = async () => {
    if ((await change([...names])) === undefined) return;
    onDismiss();
    onDeleted?.();
  };
  return (
    <ConfirmDelete
      noun={isOne ? "alarm" : counted(names.length, "alarm")}
      typed={isOne ? only : "delete"}
      consequence={
        isOne
          ? `Nobody is told any more of what ${only} watches. Its history stays for thirty days.`
          : `Nobody is told any more of what these watch: ${names.join(", ")}. Their history stays for thirty days.`
      }
      isPending={isPending}
      refusal={refusal}
      onConfirm={remove}
      onDismiss={onDismiss}
    />
  );
}
