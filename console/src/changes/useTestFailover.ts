import { TestFailoverCommand } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Ends the primary of one shard, after its role was handed to a replica. */
export function useTestFailover(groupId: string): Change<{ shardId: string }, unknown> {
  return useChange<{ shardId: string }, unknown>({
    ask: ({ elasticache }, { shardId }, options) =>
      elasticache.send(new TestFailoverCommand({ ReplicationGroupId: groupId, NodeGroupId: shardId }), options),
    said: ({ shardId }) => `The failover of shard ${shardId} of ${groupId} has begun. Its events tell how it goes.`,
  });
}
