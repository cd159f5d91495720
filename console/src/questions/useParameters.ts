import { paginateDescribeCacheParameters } from "@aws-sdk/client-elasticache";
import { type Parameter, parametersOf } from "../reckoning/parameters";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

/** All parameters of a group with their values, also those that depend on the node type. */
export function useParameters(groupName: string | undefined): Answered<Parameter[]> {
  return useQuestion({
    key: ["DescribeCacheParameters", groupName],
    ask: async ({ elasticache }, options) => {
      const input = { CacheParameterGroupName: groupName, MaxRecords: 100 };
      const pages = await everyPage(
        paginateDescribeCacheParameters({ client: elasticache }, input, options),
        (page) => [page],
      );
      return parametersOf(
        pages.flatMap((page) => page.Parameters ?? []),
        pages.flatMap((page) => page.CacheNodeTypeSpecificParameters ?? []),
      );
    },
    isAsked: groupName !== undefined,
  });
}
