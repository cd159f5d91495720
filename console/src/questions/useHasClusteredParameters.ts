import { paginateDescribeCacheParameters } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

/** Whether a parameter group is for caches in cluster mode: its parameter `cluster-enabled` says it, and nothing else. */
export function useHasClusteredParameters(name: string): Answered<boolean> {
  return useQuestion({
    key: ["DescribeCacheParameters", name, "cluster-enabled"],
    ask: async ({ elasticache }, options) => {
      const input = { CacheParameterGroupName: name };
      const parameters = await everyPage(
        paginateDescribeCacheParameters({ client: elasticache }, input, options),
        (page) => page.Parameters,
      );
      return parameters.some(
        (parameter) => parameter.ParameterName === "cluster-enabled" && parameter.ParameterValue === "yes",
      );
    },
    isAsked: name !== "",
  });
}
