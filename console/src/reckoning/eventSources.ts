/** Where the page of an event's source is. What has been deleted meanwhile has none. */

import type { CacheCluster, CacheParameterGroup, Event } from "@aws-sdk/client-elasticache";
import { pathOf } from "../caches";
import { paths } from "../paths";
import { cacheOf } from "./cacheMembers";

/** Undefined where there is no such page, or it is not known whether there is: a list that is absent is not known. */
export function pathOfSource(
  event: Event,
  clusters: readonly CacheCluster[] | undefined,
  parameterGroups?: readonly CacheParameterGroup[],
): string | undefined {
  const { SourceType, SourceIdentifier: id = "" } = event;
  switch (SourceType) {
    case "replication-group":
      return clusters?.some((cluster) => cluster.ReplicationGroupId === id) ? paths.replicationGroup(id) : undefined;
    case "cache-cluster": {
      const cluster = clusters?.find((one) => one.CacheClusterId === id);
      return cluster === undefined ? undefined : pathOf(cacheOf(cluster));
    }
    case "cache-parameter-group":
      return parameterGroups?.some((group) => group.CacheParameterGroupName === id)
        ? paths.parameterGroup(id)
        : undefined;
    case "cache-subnet-group":
      return paths.subnetGroups();
    case "user":
      return paths.users();
    case "user-group":
      return paths.userGroups();
    default:
      return undefined;
  }
}
