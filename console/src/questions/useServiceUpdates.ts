import { paginateDescribeServiceUpdates, type ServiceUpdate } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** All service updates there have been, those that a newer one has taken the place of among them. */
export function useServiceUpdates(): Answered<ServiceUpdate[]> {
  return useQuestion({
    key: ["DescribeServiceUpdates"],
    ask: ({ elasticache }, options) =>
      everyPage(paginateDescribeServiceUpdates({ client: elasticache }, {}, options), (page) => page.ServiceUpdates),
    everySeconds: CALM_SECONDS,
  });
}
