import {
  type ConfigureShard,
  DecreaseReplicaCountCommand,
  type DecreaseReplicaCountMessage,
  IncreaseReplicaCountCommand,
} from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

export interface ReplicasAsked {
  /** How many replicas each shard shall have, or one of them: `shards` then. */
  count?: number;
  shards?: ConfigureShard[];
  /** Those that shall go; only where there shall be fewer. */
  leaving?: string[];
  isIncrease: boolean;
}

/** More replicas or fewer, of all shards or of one. */
export function useReplicaCount(groupId: string): Change<ReplicasAsked, unknown> {
  return useChange<ReplicasAsked, unknown>({
    ask: ({ elasticache }, { count, shards, leaving, isIncrease }, options) => {
      const input: DecreaseReplicaCountMessage = {
        ReplicationGroupId: groupId,
        NewReplicaCount: count,
        ReplicaConfiguration: shards,
        ApplyImmediately: true,
      };
      return isIncrease
        ? elasticache.send(new IncreaseReplicaCountCommand(input), options)
        : elasticache.send(new DecreaseReplicaCountCommand({ ...input, ReplicasToRemove: leaving }), options);
    },
    said: ({ isIncrease }) =>
      isIncrease
        ? `New replicas of ${groupId} are made, and copy the data first.`
        : `Replicas of ${groupId} are leaving.`,
  });
}
