/** Removes the nodes of a Memcached cluster that a person names. */

import Alert from "@cloudscape-design/components/alert";
import { useState } from "react";
import { useNodeCount } from "../../changes/useNodeCount";
import { cacheNodesOf } from "../../reckoning/cacheNodes";
import { movedPercent, presentCount, removalOf } from "../../reckoning/nodeCounts";
import { joined } from "../../words/lists";
import { counted, percent } from "../../words/numbers";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";
import { NodesField } from "./NodesField";
import { WhenField } from "./WhenField";

export function RemoveNodesDialog({ subject, nodeIds = [], onDismiss }: DialogProps) {
  const { cache, cluster } = subject;
  const nodes = cacheNodesOf(cluster, undefined).filter((node) => !node.isLeaving);
  const [picked, setPicked] = useState(nodeIds);
  const [isImmediate, setIsImmediate] = useState(true);
  const removing = useNodeCount(cache.id);
  const chosen = picked.filter((id) => nodes.some((node) => node.id === id));
  const present = presentCount(cluster);
  const isAll = chosen.length >= present;
  const isGood = chosen.length > 0 && !isAll;
  const what = joined(chosen);
  return (
    <FormDialog
      title={`Remove nodes from ${cache.id}`}
      confirm={chosen.length === 0 ? "Remove nodes" : `Remove ${counted(chosen.length, "node")}`}
      isConfirmable={isGood}
      onConfirm={() =>
        removing.change({
          change: removalOf(cluster, chosen, isImmediate),
          said: isImmediate
            ? `${what} of ${cache.id} ${chosen.length === 1 ? "is" : "are"} being removed.`
            : `${what} of ${cache.id} ${chosen.length === 1 ? "goes" : "go"} in its maintenance window.`,
        })
      }
      onDismiss={onDismiss}
      changing={removing}
    >
      <NodesField
        nodes={nodes}
        chosen={chosen}
        onChange={setPicked}
        description={`Now: ${counted(present, "node")}. One at least stays.`}
        errorText={isAll ? "One at least stays. To remove all of them, delete the cache." : undefined}
      />
      <WhenField subject={subject} isImmediate={isImmediate} onChange={setIsImmediate} />
      {isGood && (
        <Alert type="warning">
          {`What ${chosen.length === 1 ? "it holds" : "they hold"} is lost, about ` +
            `${percent(movedPercent(present, present - chosen.length))} of the keys. Clients with auto discovery are ` +
            "told first, and go on with the others."}
        </Alert>
      )}
    </FormDialog>
  );
}
