import { RebootCacheClusterCommand } from "@aws-sdk/client-elasticache";
import { ONLY_NODE_ID } from "../caches";
import { counted } from "../words/numbers";
import { type Change, useChange } from "./useChange";

interface Rebooted {
  clusterId: string;
  nodeIds: readonly string[];
}

/** Reboots nodes of one cache cluster: of Valkey and Redis OSS its only one, of Memcached as many as are named. */
export function useReboot(): Change<Rebooted, unknown> {
  return useChange<Rebooted, unknown>({
    ask: ({ elasticache }, { clusterId, nodeIds }, options) => {
      const input = { CacheClusterId: clusterId, CacheNodeIdsToReboot: [...nodeIds] };
      return elasticache.send(new RebootCacheClusterCommand(input), options);
    },
    said: ({ clusterId, nodeIds }) =>
      nodeIds.length === 1 && nodeIds[0] === ONLY_NODE_ID
        ? `${clusterId} is being rebooted.`
        : `${counted(nodeIds.length, "node")} of ${clusterId} ${nodeIds.length === 1 ? "is" : "are"} being rebooted.`,
  });
}
