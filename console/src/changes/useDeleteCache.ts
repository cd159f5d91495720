import { DeleteCacheClusterCommand, DeleteReplicationGroupCommand } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { type Change, useChange } from "./useChange";

interface Input {
  cache: Pick<Cache, "form" | "id">;
  /** Of a replication group: its primary lives on, as a cache cluster on its own. */
  isPrimaryRetained?: boolean;
}

/** Deletes one cache, with all its nodes and all its data. */
export function useDeleteCache(): Change<Input, unknown> {
  return useChange<Input, unknown>({
    ask: ({ elasticache }, { cache, isPrimaryRetained }, options) =>
      cache.form === "replication-group"
        ? elasticache.send(
            new DeleteReplicationGroupCommand({
              ReplicationGroupId: cache.id,
              RetainPrimaryCluster: isPrimaryRetained,
            }),
            options,
          )
        : elasticache.send(new DeleteCacheClusterCommand({ CacheClusterId: cache.id }), options),
    said: ({ cache, isPrimaryRetained }) =>
      isPrimaryRetained
        ? `${cache.id} is being deleted; its primary stays as a cache cluster.`
        : `${cache.id} is being deleted.`,
  });
}
