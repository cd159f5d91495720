import { paginateDescribeUserGroups, type UserGroup } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** All user groups: who a cache lets in. */
export function useUserGroups(): Answered<UserGroup[]> {
  return useQuestion({
    key: ["DescribeUserGroups"],
    ask: ({ elasticache }, options) =>
      everyPage(paginateDescribeUserGroups({ client: elasticache }, {}, options), (page) => page.UserGroups),
    everySeconds: CALM_SECONDS,
  });
}
