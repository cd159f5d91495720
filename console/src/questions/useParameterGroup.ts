import { type CacheParameterGroup, DescribeCacheParameterGroupsCommand } from "@aws-sdk/client-elasticache";
import { type Answered, useQuestion } from "./useQuestion";

/** One parameter group; its parameters are another question. */
export function useParameterGroup(name: string): Answered<CacheParameterGroup | undefined> {
  return useQuestion({
    key: ["DescribeCacheParameterGroups", name],
    ask: async ({ elasticache }, options) => {
      const command = new DescribeCacheParameterGroupsCommand({ CacheParameterGroupName: name });
      return (await elasticache.send(command, options)).CacheParameterGroups?.[0];
    },
  });
}
