import { type CacheCluster, DescribeCacheClustersCommand } from "@aws-sdk/client-elasticache";
import type { Aws } from "../aws";
import { type Answered, CALM_SECONDS, type Options, useQuestion } from "./useQuestion";

/** Up to so many nodes are asked for as often as other questions; more of them seldom, for each is a call of its own. */
const FEW = 12;
const MANY_SECONDS = 30;
const CALLS_AT_A_TIME = 6;

/** The nodes of one group as cache clusters: AWS tells their statuses one by one. Who has gone meanwhile is left out. */
export function useNodeClusters(ids: readonly string[]): Answered<CacheCluster[]> {
  return useQuestion({
    key: ["DescribeCacheClusters", "each", ...ids],
    ask: async (aws, options) => {
      const clusters: CacheCluster[] = [];
      for (let first = 0; first < ids.length; first += CALLS_AT_A_TIME) {
        const some = ids.slice(first, first + CALLS_AT_A_TIME);
        const answers = await Promise.all(some.map((id) => askedFor(aws, id, options)));
        clusters.push(...answers.filter((one) => one !== undefined));
      }
      return clusters;
    },
    everySeconds: ids.length <= FEW ? CALM_SECONDS : MANY_SECONDS,
    isAsked: ids.length > 0,
  });
}

async function askedFor({ elasticache }: Aws, id: string, options: Options): Promise<CacheCluster | undefined> {
  try {
    const command = new DescribeCacheClustersCommand({ CacheClusterId: id });
    return (await elasticache.send(command, options)).CacheClusters?.[0];
  } catch (error) {
    if ((error as Error).name === "CacheClusterNotFoundFault" || (error as Error).name === "CacheClusterNotFound") {
      return undefined;
    }
    throw error;
  }
}
