import { type CacheCluster, paginateDescribeCacheClusters } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

/** There may be thousands, and who uses what seldom changes but by a change made here, after which it is asked anew. */
const SELDOM_SECONDS = 60;

/** Every node there is, as a cache cluster: which groups it uses, and which replication group it belongs to. */
export function useEveryCacheCluster(): Answered<CacheCluster[]> {
  return useQuestion({
    key: ["DescribeCacheClusters", "every"],
    ask: ({ elasticache }, options) =>
      everyPage(
        paginateDescribeCacheClusters({ client: elasticache }, { MaxRecords: 100 }, options),
        (page) => page.CacheClusters,
      ),
    everySeconds: SELDOM_SECONDS,
  });
}
