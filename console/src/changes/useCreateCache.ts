import {
  CreateCacheClusterCommand,
  type CreateCacheClusterCommandOutput,
  CreateReplicationGroupCommand,
  type CreateReplicationGroupCommandOutput,
} from "@aws-sdk/client-elasticache";
import type { CreateCall } from "../reckoning/newCacheInput";
import { type Change, useChange } from "./useChange";

export type Created = CreateReplicationGroupCommandOutput | CreateCacheClusterCommandOutput;

/** Makes a replication group or a cache cluster. */
export function useCreateCache(): Change<CreateCall, Created> {
  return useChange<CreateCall, Created>({
    ask: ({ elasticache }, call, options) =>
      call.action === "CreateReplicationGroup"
        ? elasticache.send(new CreateReplicationGroupCommand(call.input), options)
        : elasticache.send(new CreateCacheClusterCommand(call.input), options),
    said: (call) =>
      call.action === "CreateReplicationGroup"
        ? `Replication group ${call.input.ReplicationGroupId} is being created.`
        : `Cache cluster ${call.input.CacheClusterId} is being created.`,
  });
}
