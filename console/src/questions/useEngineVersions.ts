import { type CacheEngineVersion, paginateDescribeCacheEngineVersions } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

/** The engines and versions that can be had here. */
export function useEngineVersions(): Answered<CacheEngineVersion[]> {
  return useQuestion({
    key: ["DescribeCacheEngineVersions"],
    ask: ({ elasticache }, options) =>
      everyPage(
        paginateDescribeCacheEngineVersions({ client: elasticache }, {}, options),
        (page) => page.CacheEngineVersions,
      ),
  });
}
