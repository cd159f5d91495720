import { ListAllowedNodeTypeModificationsCommand } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { type Answered, useQuestion } from "./useQuestion";

export interface AllowedNodeTypes {
  up: string[];
  down: string[];
}

/** To which node types a cache may be scaled. */
export function useAllowedNodeTypes({ form, id }: Pick<Cache, "form" | "id">): Answered<AllowedNodeTypes> {
  return useQuestion({
    key: ["ListAllowedNodeTypeModifications", form, id],
    ask: async ({ elasticache }, options) => {
      const input = form === "replication-group" ? { ReplicationGroupId: id } : { CacheClusterId: id };
      const answer = await elasticache.send(new ListAllowedNodeTypeModificationsCommand(input), options);
      return { up: answer.ScaleUpModifications ?? [], down: answer.ScaleDownModifications ?? [] };
    },
  });
}
