import { ModifyCacheClusterCommand } from "@aws-sdk/client-elasticache";
import type { NodeCountChange } from "../reckoning/nodeCounts";
import { type Change, useChange } from "./useChange";

interface Input {
  change: NodeCountChange;
  /** What the person is told once the API has taken it. */
  said: string;
}

/** More nodes of a Memcached cluster, or fewer. */
export function useNodeCount(clusterId: string): Change<Input, unknown> {
  return useChange<Input, unknown>({
    ask: ({ elasticache }, { change }, options) =>
      elasticache.send(new ModifyCacheClusterCommand({ CacheClusterId: clusterId, ...change }), options),
    said: ({ said }) => said,
  });
}
