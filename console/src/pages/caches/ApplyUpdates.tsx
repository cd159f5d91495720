/** Applies to several caches every service update that they may have. */

import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import { useMemo } from "react";
import type { Cache } from "../../caches";
import { useUpdateActionChange } from "../../changes/useUpdateActionChange";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useUpdateActions } from "../../questions/useUpdateActions";
import { actionsOf, applicable } from "../../reckoning/updateStatus";
import { counted } from "../../words/numbers";
import { EachDialog } from "./EachDialog";

export function ApplyUpdates({ caches, onDismiss }: { caches: readonly Cache[]; onDismiss: () => void }) {
  const each = useUpdateActionChange();
  const { answer, refusal, isWaiting, askAgain } = useUpdateActions({ caches, isAsked: !each.isPending });
  const items = useMemo(
    () =>
      caches.flatMap((cache) =>
        applicable(actionsOf(cache, answer ?? [])).map((action) => ({
          verb: "apply" as const,
          form: cache.form,
          cacheId: cache.id,
          updateName: action.ServiceUpdateName ?? "",
        })),
      ),
    [caches, answer],
  );
  return (
    <EachDialog
      header="Apply service updates"
      act={items.length === 0 ? "Apply" : `Apply ${counted(items.length, "update")}`}
      items={items}
      nameOf={({ cacheId, updateName }) => `${cacheId}, ${updateName}`}
      each={each}
      onDismiss={onDismiss}
    >
      <RefusalAlert refusal={refusal} onRetry={askAgain} />
      {isWaiting && <Spinner />}
      {answer !== undefined && items.length === 0 && (
        <Box>There is no service update that could be applied to what is selected.</Box>
      )}
      {items.length > 0 && (
        <>
          <Box>Nodes are replaced one at a time, replicas first, and a primary hands its role over before.</Box>
          <ul>
            {items.map(({ form, cacheId, updateName }) => (
              <li key={`${form}/${cacheId}/${updateName}`}>
                {cacheId}: {updateName}
              </li>
            ))}
          </ul>
        </>
      )}
    </EachDialog>
  );
}
