import { DeleteCacheClusterCommand, DeleteReplicationGroupCommand } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { counted } from "../words/numbers";
import { type EachChange, useEachChange } from "./useEachChange";

/** Deletes caches, with all their nodes and data. */
export function useDeleteCaches(): EachChange<Cache> {
  return useEachChange<Cache>({
    ask: ({ elasticache }, { form, id }, call) =>
      form === "replication-group"
        ? elasticache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id }), call())
        : elasticache.send(new DeleteCacheClusterCommand({ CacheClusterId: id }), call()),
    said: (taken) => `${counted(taken.length, "cache is", "caches are")} being deleted.`,
  });
}
