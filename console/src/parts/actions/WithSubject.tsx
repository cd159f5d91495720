/** Opens a dialog once it is known what the cache has: until then it says that it asks. */

import Box from "@cloudscape-design/components/box";
import Modal from "@cloudscape-design/components/modal";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import type { Cache, Subject } from "../../caches";
import { RefusalAlert } from "../RefusalAlert";
import { useSubject } from "./useSubject";

interface Props {
  cache: Cache;
  title: string;
  onDismiss: () => void;
  children: (subject: Subject) => ReactNode;
}

export function WithSubject({ cache, title, onDismiss, children }: Props) {
  const { answer, refusal } = useSubject(cache);
  if (answer !== undefined) return children(answer);
  return (
    <Modal visible header={title} onDismiss={onDismiss}>
      {refusal === undefined ? (
        <Box>
          <Spinner /> Asking what {cache.id} has
        </Box>
      ) : (
        <RefusalAlert refusal={refusal} />
      )}
    </Modal>
  );
}
