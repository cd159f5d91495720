import { DescribeUserGroupsCommand, type UserGroup } from "@aws-sdk/client-elasticache";
import { type Answered, CALM_SECONDS, LIVELY_SECONDS, useQuestion } from "./useQuestion";

/** One user group, asked for every second while engines follow a change. */
export function useUserGroup(id: string): Answered<UserGroup | undefined> {
  return useQuestion({
    key: ["DescribeUserGroups", id],
    ask: async ({ elasticache }, options) =>
      (await elasticache.send(new DescribeUserGroupsCommand({ UserGroupId: id }), options)).UserGroups?.[0],
    everySeconds: (answer) => (answer === undefined || answer.Status === "active" ? CALM_SECONDS : LIVELY_SECONDS),
  });
}
