import { paginateDescribeUpdateActions, type UpdateAction } from "@aws-sdk/client-elasticache";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

const UPDATES_SECONDS = 60;

/** The service updates that could be applied now, with the cache that each is for. */
export function useOpenUpdateActions(): Answered<UpdateAction[]> {
  return useQuestion({
    key: ["DescribeUpdateActions", "open"],
    ask: ({ elasticache }, options) => {
      const input = {
        ServiceUpdateStatus: ["available" as const],
        UpdateActionStatus: ["not-applied" as const, "stopped" as const],
      };
      const pages = paginateDescribeUpdateActions({ client: elasticache }, input, options);
      return everyPage(pages, (page) => page.UpdateActions);
    },
    everySeconds: UPDATES_SECONDS,
  });
}
