/** Reboots the nodes of several caches, one after the other. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import { useMemo } from "react";
import type { Cache } from "../../caches";
import { useRebootCaches } from "../../changes/useRebootCaches";
import { counted } from "../../words/numbers";
import { EachDialog } from "./EachDialog";
import { NamesOf } from "./NamesOf";

export function RebootCaches({ caches, onDismiss }: { caches: readonly Cache[]; onDismiss: () => void }) {
  const each = useRebootCaches();
  const inClusterMode = caches.filter((cache) => cache.clusterMode === "enabled");
  const others = useMemo(() => caches.filter((cache) => cache.clusterMode !== "enabled"), [caches]);
  const nodes = useMemo(
    () => others.flatMap((cache) => cache.memberIds.map((nodeId) => ({ cache, nodeId }))),
    [others],
  );
  const alone = others.filter((cache) => cache.nodeCount === 1);
  return (
    <EachDialog
      header={`Reboot ${counted(others.length, "cache")}`}
      act={`Reboot ${counted(nodes.length, "node")}`}
      items={nodes}
      nameOf={(node) => node.nodeId}
      each={each}
      onDismiss={onDismiss}
    >
      <Box>
        Each node's process is ended and another one started. A primary hands its role over first where a replica is in
        sync. Of a group one node follows the other, so this page has to stay open until all are asked for.
      </Box>
      <NamesOf caches={others} />
      {alone.length > 0 && (
        <Alert type="warning">
          {counted(alone.length, "cache has", "caches have")} a single node, which comes back empty: its data is lost.
        </Alert>
      )}
      {inClusterMode.length > 0 && (
        <Alert type="info" header="Left out, because nodes in cluster mode cannot be rebooted">
          <NamesOf caches={inClusterMode} />
        </Alert>
      )}
    </EachDialog>
  );
}
