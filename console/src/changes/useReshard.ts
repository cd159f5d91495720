import { ModifyReplicationGroupShardConfigurationCommand } from "@aws-sdk/client-elasticache";
import type { ShardConfiguration } from "../elastane";
import { counted } from "../words/numbers";
import { type Change, useChange } from "./useChange";

/** Adds shards, removes some, or evens the slots out among those there are. */
export function useReshard(): Change<ShardConfiguration, unknown> {
  return useChange<ShardConfiguration, unknown>({
    ask: ({ elasticache }, input, options) => {
      const command = new ModifyReplicationGroupShardConfigurationCommand({ ...input, ApplyImmediately: true });
      return elasticache.send(command, options);
    },
    said: ({ ReplicationGroupId, NodeGroupCount }) =>
      `${ReplicationGroupId} is on its way to ${counted(NodeGroupCount, "shard")}. It serves meanwhile.`,
  });
}
