/** The two lists of caches that the API has, as pages and one by one. For the questions that are about lists. */

import {
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  type ElastiCacheClient,
} from "@aws-sdk/client-elasticache";
import { type Cache, cacheOfCluster, cacheOfGroup, type Form } from "../caches";
import type { AnsweredPage } from "../reckoning/knownCaches";
import { refusalOf } from "../refusals";
import type { Options } from "./useQuestion";

/** A page of one of the two lists. */
export async function askForCaches(
  client: ElastiCacheClient,
  options: Options,
  form: Form,
  marker: string | undefined,
  size: number,
): Promise<AnsweredPage> {
  const input = { Marker: marker, MaxRecords: size };
  if (form === "replication-group") {
    const answer = await client.send(new DescribeReplicationGroupsCommand(input), options);
    return { caches: (answer.ReplicationGroups ?? []).map(cacheOfGroup), marker: answer.Marker || undefined };
  }
  const command = new DescribeCacheClustersCommand({
    ...input,
    ShowCacheClustersNotInReplicationGroups: true,
    ShowCacheNodeInfo: true, // which nodes a Memcached cluster has, nothing else tells
  });
  const answer = await client.send(command, options);
  return { caches: (answer.CacheClusters ?? []).map(cacheOfCluster), marker: answer.Marker || undefined };
}

/** One cache; undefined where there is none of that name. */
export async function askForCache(
  client: ElastiCacheClient,
  options: Options,
  form: Form,
  id: string,
): Promise<Cache | undefined> {
  try {
    if (form === "replication-group") {
      const command = new DescribeReplicationGroupsCommand({ ReplicationGroupId: id });
      return (await client.send(command, options)).ReplicationGroups?.map(cacheOfGroup)[0];
    }
    const command = new DescribeCacheClustersCommand({ CacheClusterId: id, ShowCacheNodeInfo: true });
    return (await client.send(command, options)).CacheClusters?.map(cacheOfCluster)[0];
  } catch (error) {
    if (refusalOf(error).kind === "not-found") return undefined;
    throw error;
  }
}
