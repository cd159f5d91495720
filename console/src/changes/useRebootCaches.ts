import { DescribeCacheClustersCommand, RebootCacheClusterCommand } from "@aws-sdk/client-elasticache";
import type { Aws } from "../aws";
import type { Cache } from "../caches";
import type { Options } from "../questions/useQuestion";
import { counted } from "../words/numbers";
import { type EachChange, useEachChange } from "./useEachChange";

export interface RebootedNode {
  cache: Cache;
  nodeId: string;
}

/** AWS's number of the one node that a cache cluster has here. */
const CACHE_NODE_ID = "0001";
const LOOK_SECONDS = 1;
/** For the node before to come back: one with much data has to have it sent again. */
const WAIT_SECONDS = 300;

/**
 * Reboots nodes one after the other. While one of a group reboots, the API refuses the next: so it is waited for until the
 * API says that it is available, and then it is asked for, whatever was said.
 */
export function useRebootCaches(): EachChange<RebootedNode> {
  return useEachChange<RebootedNode>({
    ask: async (aws, { cache, nodeId }, call) => {
      if (cache.memberIds.length > 1) await untilAvailable(aws, nodeId, call);
      const input = { CacheClusterId: nodeId, CacheNodeIdsToReboot: [CACHE_NODE_ID] };
      await aws.elasticache.send(new RebootCacheClusterCommand(input), call());
    },
    said: (taken) => `The reboot of ${counted(taken.length, "node")} has begun.`,
  });
}

async function untilAvailable(aws: Aws, nodeId: string, call: () => Options): Promise<void> {
  for (let seconds = 0; seconds < WAIT_SECONDS; seconds += LOOK_SECONDS) {
    const answer = await aws.elasticache.send(new DescribeCacheClustersCommand({ CacheClusterId: nodeId }), call());
    if (answer.CacheClusters?.[0]?.CacheClusterStatus === "available") return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_SECONDS * 1000));
  }
}
