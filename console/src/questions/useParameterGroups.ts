import { type CacheParameterGroup, paginateDescribeCacheParameterGroups } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** All parameter groups, the default ones among them. */
export function useParameterGroups(): Answered<CacheParameterGroup[]> {
  return useQuestion({
    key: ["DescribeCacheParameterGroups"],
    ask: ({ elasticache }, options) =>
      everyPage(
        paginateDescribeCacheParameterGroups({ client: elasticache }, {}, options),
        (page) => page.CacheParameterGroups,
      ),
    everySeconds: CALM_SECONDS,
  });
}
