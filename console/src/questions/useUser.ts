import { DescribeUsersCommand, type User } from "@aws-sdk/client-elasticache";
import { type Answered, CALM_SECONDS, LIVELY_SECONDS, useQuestion } from "./useQuestion";

/** One user, asked for every second while engines follow a change. */
export function useUser(id: string): Answered<User | undefined> {
  return useQuestion({
    key: ["DescribeUsers", id],
    ask: async ({ elasticache }, options) =>
      (await elasticache.send(new DescribeUsersCommand({ UserId: id }), options)).Users?.[0],
    everySeconds: (answer) => (answer === undefined || answer.Status === "active" ? CALM_SECONDS : LIVELY_SECONDS),
  });
}
