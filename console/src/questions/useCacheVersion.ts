import { DescribeCacheClustersCommand } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { useQuestion } from "./useQuestion";

const VERSION_SECONDS = 60;

/** The engine version of a cache in a list: of a group AWS tells it only of each node, so its first one is asked, seldom. */
export function useCacheVersion(cache: Cache): string | undefined {
  const nodeId = cache.memberIds[0];
  const { answer } = useQuestion({
    key: ["EngineVersion", nodeId],
    ask: async ({ elasticache }, options) => {
      const answer = await elasticache.send(new DescribeCacheClustersCommand({ CacheClusterId: nodeId }), options);
      return answer.CacheClusters?.[0]?.EngineVersion ?? "";
    },
    everySeconds: VERSION_SECONDS,
    isAsked: cache.engineVersion === undefined && nodeId !== undefined,
  });
  return cache.engineVersion ?? answer;
}
