/** Deletes a cache, after its name was typed. Of a group the primary may be kept, as a cache cluster on its own. */

import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";
import { isMemcached } from "../../caches";
import { useDeleteCache } from "../../changes/useDeleteCache";
import { counted } from "../../words/numbers";
import { ConfirmDelete } from "../ConfirmDelete";
import type { DialogProps } from "./dialogs";

export function DeleteDialog({ subject: { cache }, onDismiss }: DialogProps) {
  const [isPrimaryRetained, setIsPrimaryRetained] = useState(false);
  const deleting = useDeleteCache();
  const isGroup = cache.form === "replication-group";
  const confirm = async () => {
    const input = { cache, isPrimaryRetained: isGroup ? isPrimaryRetained : undefined };
    if ((await deleting.change(input)) !== undefined) onDismiss();
  };
  const reason = whyNotRetained(cache.clusterMode, cache.access, cache.status);
  return (
    <ConfirmDelete
      noun={isGroup ? "replication group" : "cache cluster"}
      typed={cache.id}
      consequence={
        isPrimaryRetained
          ? `The group and its replicas are gone for good, with its endpoints. The primary keeps its data and becomes a cache cluster on its own.`
          : `${counted(cache.nodeCount, "node")} and all the data are gone for good: there are no snapshots${isMemcached(cache) ? " of Memcached" : " in this version"}.`
      }
      isPending={deleting.isPending}
      refusal={deleting.refusal}
      onConfirm={confirm}
      onDismiss={onDismiss}
    >
      {isGroup && (
        <Checkbox
          checked={isPrimaryRetained && reason === undefined}
          disabled={reason !== undefined}
          onChange={({ detail }) => setIsPrimaryRetained(detail.checked)}
          description={reason}
        >
          Keep the primary as a cache cluster
        </Checkbox>
      )}
    </ConfirmDelete>
  );
}

function whyNotRetained(clusterMode: string, access: string, status: string): string | undefined {
  if (clusterMode === "enabled") return "Not in cluster mode: one node has not all keys there.";
  if (clusterMode === "compatible") return "Not in cluster mode compatible: change it back to disabled first.";
  if (access === "users") return "Not while it has a user group: a cache cluster on its own can have none.";
  if (status !== "available") return `Not while it is ${status}: it is not certain who is primary.`;
  return undefined;
}
