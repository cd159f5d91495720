import { paginateDescribeEngineDefaultParameters } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

export interface NodeType {
  name: string;
  /** For data: what the engine's limit is on a node of this type. */
  memoryBytes: number;
}

/** AWS tells the memory by the parameter that limits it: in bytes, or in Memcached's megabytes. */
const BYTES_OF: Record<string, number> = { maxmemory: 1, max_cache_memory: 1024 * 1024 };

/** The node types there are for a family of parameters, with their memory, smallest first. */
export function useNodeTypes(family: string | undefined): Answered<NodeType[]> {
  return useQuestion({
    key: ["DescribeEngineDefaultParameters", family],
    ask: async ({ elasticache }, options) => {
      const input = { CacheParameterGroupFamily: family, MaxRecords: 100 };
      const parameters = await everyPage(
        paginateDescribeEngineDefaultParameters({ client: elasticache }, input, options),
        (page) => page.EngineDefaults?.CacheNodeTypeSpecificParameters,
      );
      const memory = parameters.find(({ ParameterName = "" }) => BYTES_OF[ParameterName] !== undefined);
      const factor = BYTES_OF[memory?.ParameterName ?? ""] ?? 1;
      const types = memory?.CacheNodeTypeSpecificValues ?? [];
      return types
        .map(({ CacheNodeType = "", Value = "0" }) => ({ name: CacheNodeType, memoryBytes: Number(Value) * factor }))
        .sort((one, other) => one.memoryBytes - other.memoryBytes);
    },
    isAsked: family !== undefined,
  });
}
