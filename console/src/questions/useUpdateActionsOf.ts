import { paginateDescribeUpdateActions, type UpdateAction } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

const UPDATES_SECONDS = 30;
/** AWS's limit of names in one call. */
const NAMES_MAX = 20;

/** The service updates of these caches, and how far each has come there. */
export function useUpdateActionsOf(caches: readonly Cache[], isAsked = true): Answered<UpdateAction[]> {
  return useQuestion({
    key: ["DescribeUpdateActions", "of", ...caches.map(({ form, id }) => `${form}/${id}`)],
    ask: async ({ elasticache }, options) => {
      const actions: UpdateAction[] = [];
      for (let first = 0; first < caches.length; first += NAMES_MAX) {
        const some = caches.slice(first, first + NAMES_MAX);
        const input = {
          ReplicationGroupIds: some.filter((cache) => cache.form === "replication-group").map((cache) => cache.id),
          CacheClusterIds: some.filter((cache) => cache.form === "cache-cluster").map((cache) => cache.id),
        };
        const pages = paginateDescribeUpdateActions({ client: elasticache }, input, options);
        actions.push(...(await everyPage(pages, (page) => page.UpdateActions)));
      }
      return actions;
    },
    everySeconds: UPDATES_SECONDS,
    isAsked: isAsked && caches.length > 0,
  });
}
