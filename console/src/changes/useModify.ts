import { ModifyCacheClusterCommand, ModifyReplicationGroupCommand } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import type { Modifications } from "../reckoning/modification";
import { type Change, useChange } from "./useChange";

interface Input {
  modifications: Modifications;
  /** What the person is told once the API has taken it. */
  said: string;
}

/** Modifies a cache in whichever form it has: ModifyReplicationGroup or ModifyCacheCluster. */
export function useModify({ form, id }: Pick<Cache, "form" | "id">): Change<Input, unknown> {
  return useChange<Input, unknown>({
    ask: ({ elasticache }, { modifications }, options) =>
      form === "replication-group"
        ? elasticache.send(new ModifyReplicationGroupCommand({ ReplicationGroupId: id, ...modifications }), options)
        : elasticache.send(new ModifyCacheClusterCommand({ CacheClusterId: id, ...modifications }), options),
    said: ({ said }) => said,
  });
}
