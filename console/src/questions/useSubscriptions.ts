import { paginateListSubscriptionsByTopic, type Subscription } from "@aws-sdk/client-sns";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** Who is told what a topic says. */
export function useSubscriptions(topicArn: string): Answered<Subscription[]> {
  return useQuestion({
    key: ["ListSubscriptionsByTopic", topicArn],
    ask: ({ sns }, options) =>
      everyPage(
        paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topicArn }, options),
        (page) => page.Subscriptions,
      ),
    everySeconds: CALM_SECONDS,
  });
}
