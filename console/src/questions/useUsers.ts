import { paginateDescribeUsers, type User } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** All users of engines. */
export function useUsers(): Answered<User[]> {
  return useQuestion({
    key: ["DescribeUsers"],
    ask: ({ elasticache }, options) =>
      everyPage(paginateDescribeUsers({ client: elasticache }, {}, options), (page) => page.Users),
    everySeconds: CALM_SECONDS,
  });
}
