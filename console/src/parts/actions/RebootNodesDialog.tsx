/** Reboots nodes of a Memcached cluster: as many as are chosen, at the same time. */

import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import { useReboot } from "../../changes/useReboot";
import { cacheNodesOf } from "../../reckoning/cacheNodes";
import { counted, percent } from "../../words/numbers";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";
import { NodesField } from "./NodesField";

export function RebootNodesDialog({ subject: { cache, cluster }, nodeIds = [], onDismiss }: DialogProps) {
  const nodes = cacheNodesOf(cluster, undefined).filter((node) => !node.isLeaving);
  // Whoever opens it without having chosen wants most of all those that wait for it.
  const [picked, setPicked] = useState(() =>
    nodeIds.length > 0
      ? nodeIds
      : nodes.filter((node) => node.parameterStatus === "pending-reboot").map(({ id }) => id),
  );
  const rebooting = useReboot();
  const chosen = picked.filter((id) => nodes.some((node) => node.id === id));
  const share =
    chosen.length === nodes.length ? "all keys" : `about ${percent((100 * chosen.length) / nodes.length)} of the keys`;
  return (
    <FormDialog
      title={`Reboot nodes of ${cache.id}`}
      confirm={chosen.length === 0 ? "Reboot nodes" : `Reboot ${counted(chosen.length, "node")}`}
      isConfirmable={chosen.length > 0}
      onConfirm={() => rebooting.change({ clusterId: cache.id, nodeIds: chosen })}
      onDismiss={onDismiss}
      changing={rebooting}
    >
      <NodesField
        nodes={nodes}
        chosen={chosen}
        onChange={setPicked}
        description="Values of parameters that wait for a reboot are put on by it."
      />
      {chosen.length > 0 && (
        <Alert type="warning">
          {`They come back empty, all at the same time: ${share} are lost, and connections to these nodes are cut. ` +
            "Their places in the list of nodes stay theirs."}
        </Alert>
      )}
    </FormDialog>
  );
}
