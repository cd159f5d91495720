import { paginateDescribeEngineDefaultParameters } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

export interface NodeType {
  name: string;
  /** For data: what the engine's `maxmemory` is on a node of this type. */
  memoryBytes: number;
}

/** The node types there are for a family of parameters, with their memory, smallest first. AWS tells it by `maxmemory`. */
export function useNodeTypes(family: string | undefined): Answered<NodeType[]> {
  return useQuestion({
    key: ["DescribeEngineDefaultParameters", family],
    ask: async ({ elasticache }, options) => {
      const input = { CacheParameterGroupFamily: family, MaxRecords: 100 };
      const parameters = await everyPage(
        paginateDescribeEngineDefaultParameters({ client: elasticache }, input, options),
        (page) => page.EngineDefaults?.CacheNodeTypeSpecificParameters,
      );
      const memory = parameters.find((parameter) => parameter.ParameterName === "maxmemory");
      const types = memory?.CacheNodeTypeSpecificValues ?? [];
      return types
        .map(({ CacheNodeType = "", Value = "0" }) => ({ name: CacheNodeType, memoryBytes: Number(Value) }))
        .sort((one, other) => one.memoryBytes - other.memoryBytes);
    },
    isAsked: family !== undefined,
  });
}
