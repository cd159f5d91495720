import { type CacheSubnetGroup, paginateDescribeCacheSubnetGroups } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** All subnet groups, with their subnets and zones. */
export function useSubnetGroups(): Answered<CacheSubnetGroup[]> {
  return useQuestion({
    key: ["DescribeCacheSubnetGroups"],
    ask: ({ elasticache }, options) =>
      everyPage(
        paginateDescribeCacheSubnetGroups({ client: elasticache }, {}, options),
        (page) => page.CacheSubnetGroups,
      ),
    everySeconds: CALM_SECONDS,
  });
}
