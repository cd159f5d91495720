import { paginateDescribeUpdateActions, type UpdateAction } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, LIVELY_SECONDS, useQuestion } from "./useQuestion";

const UNDER_WAY = new Set(["in-progress", "stopping", "waiting-to-start"]);

/** Which service updates are for which cache, and how far each has come; of one cache where one is named. */
export function useUpdateActions(cache?: Pick<Cache, "form" | "id">): Answered<UpdateAction[]> {
  return useQuestion({
    key: ["DescribeUpdateActions", cache?.form, cache?.id],
    ask: ({ elasticache }, options) => {
      const input = {
        ReplicationGroupIds: cache?.form === "replication-group" ? [cache.id] : undefined,
        CacheClusterIds: cache?.form === "cache-cluster" ? [cache.id] : undefined,
        ShowNodeLevelUpdateStatus: cache !== undefined,
      };
      return everyPage(
        paginateDescribeUpdateActions({ client: elasticache }, input, options),
        (page) => page.UpdateActions,
      );
    },
    everySeconds: (actions) =>
      actions?.some((action) => UNDER_WAY.has(action.UpdateActionStatus ?? "")) ? LIVELY_SECONDS : CALM_SECONDS,
  });
}
