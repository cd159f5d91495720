import { paginateListTopics, type Topic } from "@aws-sdk/client-sns";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** The topics that can be told of events and alarms. */
export function useTopics(): Answered<Topic[]> {
  return useQuestion({
    key: ["ListTopics"],
    ask: ({ sns }, options) => everyPage(paginateListTopics({ client: sns }, {}, options), (page) => page.Topics),
    everySeconds: CALM_SECONDS,
  });
}
