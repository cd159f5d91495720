import { RebootCacheClusterCommand } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** AWS's id of the one cache node that a cache cluster of Valkey or Redis OSS has. */
const CACHE_NODE_ID = "0001";

/** Reboots one node. While it is away its group is `modifying`, in which the API takes no second reboot. */
export function useReboot(): Change<{ nodeId: string }, unknown> {
  return useChange<{ nodeId: string }, unknown>({
    ask: ({ elasticache }, { nodeId }, options) => {
      const input = { CacheClusterId: nodeId, CacheNodeIdsToReboot: [CACHE_NODE_ID] };
      return elasticache.send(new RebootCacheClusterCommand(input), options);
    },
    said: ({ nodeId }) => `${nodeId} is being rebooted.`,
  });
}
