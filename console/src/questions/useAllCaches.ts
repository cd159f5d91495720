import type { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { type Cache, type Form, isSettled } from "../caches";
import { FORMS } from "../reckoning/knownCaches";
import { askForCaches } from "./cachePages";
import { type Answered, CALM_SECONDS, type Options, useQuestion } from "./useQuestion";

/** A longer page would keep the browser for so long that one notices. */
const PAGE_SIZE = 50;
const BUSY_SECONDS = 2;
const MANY = 100;
const SECONDS_WITH_MANY = 30;

/** Every cache there is, for who counts them. With many of them it is asked for less often: the API reads them all. */
export function useAllCaches(): Answered<Cache[]> {
  return useQuestion({
    key: ["ListCaches", "to count them"],
    ask: async ({ elasticache }, options) =>
      (await Promise.all(FORMS.map((form) => all(elasticache, options, form)))).flat(),
    everySeconds: (answer) => {
      if (answer !== undefined && answer.length > MANY) return SECONDS_WITH_MANY;
      return answer?.every((cache) => isSettled(cache.status)) ? CALM_SECONDS : BUSY_SECONDS;
    },
  });
}

async function all(client: ElastiCacheClient, options: Options, form: Form): Promise<Cache[]> {
  const caches: Cache[] = [];
  let marker: string | undefined;
  do {
    const page = await askForCaches(client, options, form, marker, PAGE_SIZE);
    caches.push(...page.caches);
    marker = page.marker;
  } while (marker !== undefined);
  return caches;
}
