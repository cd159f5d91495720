import { paginateDescribeEngineDefaultParameters } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

/** What a family gives its parameters, by name; those that depend on the node type are not among them. */
export function useDefaultParameters(family: string | undefined): Answered<ReadonlyMap<string, string>> {
  return useQuestion({
    key: ["DescribeEngineDefaultParameters", family, "values"],
    ask: async ({ elasticache }, options) => {
      const input = { CacheParameterGroupFamily: family, MaxRecords: 100 };
      const parameters = await everyPage(
        paginateDescribeEngineDefaultParameters({ client: elasticache }, input, options),
        (page) => page.EngineDefaults?.Parameters,
      );
      return new Map(parameters.map(({ ParameterName = "", ParameterValue = "" }) => [ParameterName, ParameterValue]));
    },
    isAsked: family !== undefined,
  });
}
