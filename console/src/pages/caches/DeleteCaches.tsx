/** Deletes several caches, after the word was typed; who cannot be deleted is shown with the reason. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import { useState } from "react";
import type { Cache } from "../../caches";
import { useDeleteCaches } from "../../changes/useDeleteCaches";
import { ConfirmDelete } from "../../parts/ConfirmDelete";
import { counted } from "../../words/numbers";
import { NamesOf } from "./NamesOf";
import { Outcomes } from "./Outcomes";

export function DeleteCaches({ caches, onDismiss }: { caches: readonly Cache[]; onDismiss: () => void }) {
  const { change, isPending, outcomes } = useDeleteCaches();
  const [isDone, setIsDone] = useState(false);
  const begin = async () => {
    const each = await change(caches);
    if (each.every((outcome) => outcome.refusal === undefined)) onDismiss();
    else setIsDone(true);
  };
  if (isDone) {
    return (
      <Modal
        visible
        header="Not all of them could be deleted"
        onDismiss={onDismiss}
        footer={
          <Box float="right">
            <Button variant="primary" onClick={onDismiss}>
              Close
            </Button>
          </Box>
        }
      >
        <Outcomes outcomes={outcomes} nameOf={(cache) => cache.id} />
      </Modal>
    );
  }
  return (
    <ConfirmDelete
      noun={counted(caches.length, "cache")}
      typed="delete"
      consequence="All their data is lost. This version keeps no snapshot that could bring it back."
      isPending={isPending}
      refusal={undefined}
      onConfirm={begin}
      onDismiss={onDismiss}
    >
      <NamesOf caches={caches} />
    </ConfirmDelete>
  );
}
