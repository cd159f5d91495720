/** Reboots the nodes of several caches, one after the other. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import { useMemo } from "react";
import { type Cache, isMemcached, nodesOf } from "../../caches";
import { countOf, type RebootedNodes, useRebootCaches } from "../../changes/useRebootCaches";
import { counted } from "../../words/numbers";
import { EachDialog } from "./EachDialog";
import { NamesOf } from "./NamesOf";

export function RebootCaches({ caches, onDismiss }: { caches: readonly Cache[]; onDismiss: () => void }) {
  const each = useRebootCaches();
  const inClusterMode = caches.filter((cache) => cache.clusterMode === "enabled");
  const others = useMemo(() => caches.filter((cache) => cache.clusterMode !== "enabled"), [caches]);
  const nodes = useMemo(() => others.flatMap(rebootsOf), [others]);
  const emptied = others.filter((cache) => cache.nodeCount === 1 || isMemcached(cache));
  return (
    <EachDialog
      header={`Reboot ${counted(others.length, "cache")}`}
      act={`Reboot ${counted(countOf(nodes), "node")}`}
      items={nodes}
      nameOf={({ clusterId }) => clusterId}
      each={each}
      onDismiss={onDismiss}
    >
      <Box>
        Each node's process is ended and another one started. A primary hands its role over first where a replica is in
        sync. Of a group one node follows the other, so this page has to stay open until all are asked for.
      </Box>
      <NamesOf caches={others} />
      {emptied.length > 0 && (
        <Alert type="warning">
          {counted(emptied.length, "cache comes", "caches come")} back empty, having a single node or being of
          Memcached: all their data are lost.
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

/** One call for each cache cluster. */
function rebootsOf(cache: Cache): RebootedNodes[] {
  if (!isMemcached(cache)) {
    return nodesOf(cache).map(({ clusterId, nodeId }) => ({ cache, clusterId, nodeIds: [nodeId] }));
  }
  return [{ cache, clusterId: cache.id, nodeIds: nodesOf(cache).map(({ nodeId }) => nodeId) }];
}
