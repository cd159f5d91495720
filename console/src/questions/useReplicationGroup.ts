import { DescribeReplicationGroupsCommand, type ReplicationGroup } from "@aws-sdk/client-elasticache";
import { isSettled } from "../caches";
import { type Answered, CALM_SECONDS, LIVELY_SECONDS, useQuestion } from "./useQuestion";

/** One replication group, asked for every second while something is under way. */
export function useReplicationGroup(id: string, isAsked = true): Answered<ReplicationGroup | undefined> {
  return useQuestion({
    key: ["DescribeReplicationGroups", id],
    ask: async ({ elasticache }, options) => {
      const command = new DescribeReplicationGroupsCommand({ ReplicationGroupId: id });
      return (await elasticache.send(command, options)).ReplicationGroups?.[0];
    },
    everySeconds: (answer) => (isSettled(answer?.Status) ? CALM_SECONDS : LIVELY_SECONDS),
    isAsked,
  });
}
