import { type CacheCluster, DescribeCacheClustersCommand } from "@aws-sdk/client-elasticache";
import { isSettled } from "../caches";
import { type Answered, CALM_SECONDS, LIVELY_SECONDS, useQuestion } from "./useQuestion";

/** One cache cluster, with its node; asked for every second while something is under way. */
export function useCacheCluster(id: string | undefined): Answered<CacheCluster | undefined> {
  return useQuestion({
    key: ["DescribeCacheClusters", id],
    ask: async ({ elasticache }, options) => {
      const command = new DescribeCacheClustersCommand({ CacheClusterId: id, ShowCacheNodeInfo: true });
      return (await elasticache.send(command, options)).CacheClusters?.[0];
    },
    everySeconds: (answer) => (isSettled(answer?.CacheClusterStatus) ? CALM_SECONDS : LIVELY_SECONDS),
    isAsked: id !== undefined,
  });
}
