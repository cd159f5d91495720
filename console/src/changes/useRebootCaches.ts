import { DescribeCacheClustersCommand, RebootCacheClusterCommand } from "@aws-sdk/client-elasticache";
import type { Aws } from "../aws";
import type { Cache } from "../caches";
import type { Options } from "../questions/useQuestion";
import { counted } from "../words/numbers";
import { type EachChange, useEachChange } from "./useEachChange";

export interface RebootedNodes {
  cache: Cache;
  clusterId: string;
  /** Several of a Memcached cluster, which are rebooted in one call. */
  nodeIds: readonly string[];
}

const LOOK_SECONDS = 1;
/** For the node before to come back: one with much data has to have it sent again. */
const WAIT_SECONDS = 300;

/**
 * Reboots nodes one after the other. While one of a group reboots, the API refuses the next: so it is waited for until the
 * API says that it is available, and then it is asked for, whatever was said.
 */
export function useRebootCaches(): EachChange<RebootedNodes> {
  return useEachChange<RebootedNodes>({
    ask: async (aws, { cache, clusterId, nodeIds }, call) => {
      if (cache.memberIds.length > 1) await untilAvailable(aws, clusterId, call);
      const input = { CacheClusterId: clusterId, CacheNodeIdsToReboot: [...nodeIds] };
      await aws.elasticache.send(new RebootCacheClusterCommand(input), call());
    },
    said: (taken) => `The reboot of ${counted(countOf(taken), "node")} has begun.`,
  });
}

export function countOf(rebooted: readonly RebootedNodes[]): number {
  return rebooted.reduce((count, { nodeIds }) => count + nodeIds.length, 0);
}

async function untilAvailable(aws: Aws, nodeId: string, call: () => Options): Promise<void> {
  for (let seconds = 0; seconds < WAIT_SECONDS; seconds += LOOK_SECONDS) {
    const answer = await aws.elasticache.send(new DescribeCacheClustersCommand({ CacheClusterId: nodeId }), call());
    if (answer.CacheClusters?.[0]?.CacheClusterStatus === "available") return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_SECONDS * 1000));
  }
}
