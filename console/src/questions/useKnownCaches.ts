/**
 * The list of caches as far as a page has had to ask for it. It is handed over a page at a time, and only what is shown is
 * asked for anew: a thousand caches cost no more than twenty, until somebody filters or sorts them.
 */

import type { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { type Cache, isSettled } from "../caches";
import { type Known, knownCount, mergedCaches, NOTHING_KNOWN, withCache } from "../reckoning/knownCaches";
import { useSignedIn } from "../SignedIn";
import { askForCache, askForCaches } from "./cachePages";
import { type AskPage, gatherAll, gatherByName } from "./gatherCaches";
import { type Answered, CALM_SECONDS, type Options, useQuestion } from "./useQuestion";

const BUSY_SECONDS = 2;
/** Up to so many are asked for whole as often as a page is: that costs no more than a page. */
const FEW = 100;
const SECONDS_WITH_MANY = 60;
/** How many caches are asked for one by one in a second, at most, where they do not stand beside one another. */
const ONE_BY_ONE_PER_SECOND = 4;

export interface KnownCaches {
  known: Known;
  /** Changes what is known and hands it back, for whoever goes on from there at once. */
  learn: (change: (known: Known) => Known) => Known;
  latest: () => Known;
}

/** Kept beside the answers of questions, so that who comes back to the list finds it as it was. */
export function useKnownCaches(): KnownCaches {
  const { region } = useSignedIn();
  const queries = useQueryClient();
  const [known, setKnown] = useState<Known>(
    () => queries.getQueryData<Known>([region, "KnownCaches"]) ?? NOTHING_KNOWN,
  );
  const held = useRef(known);
  const learn = useCallback(
    (change: (known: Known) => Known) => {
      held.current = change(held.current);
      queries.setQueryData([region, "KnownCaches"], held.current);
      setKnown(held.current);
      return held.current;
    },
    [queries, region],
  );
  const latest = useCallback(() => held.current, []);
  return { known, learn, latest };
}

/** Some caches in the order of their names, asked for anew every few seconds; and one more, which tells whether any follow. */
export function useCachesByName(caches: KnownCaches, first: number, count: number, isAsked: boolean): Answered<null> {
  const { learn, latest } = caches;
  return useQuestion({
    key: ["ListCaches", "by name", first, count],
    ask: async ({ elasticache }, options) => {
      await gatherByName({ ask: pagesOf(elasticache, options), learn, latest }, first, count);
      return null;
    },
    everySeconds: () => secondsFor(mergedCaches(latest()).slice(first, first + count)),
    isAsked,
  });
}

export function isMany(known: Known): boolean {
  return knownCount(known) > FEW;
}

/** All of them: what is not known yet at first, and then everything anew, which finds those that came; many, every minute. */
export function useEveryCache(caches: KnownCaches, isAsked: boolean): Answered<null> {
  const { learn, latest } = caches;
  return useQuestion({
    key: ["ListCaches", "every one"],
    ask: async ({ elasticache }, options) => {
      await gatherAll({ ask: pagesOf(elasticache, options), learn, latest });
      return null;
    },
    everySeconds: () => (isMany(latest()) ? SECONDS_WITH_MANY : secondsFor(mergedCaches(latest()))),
    isAsked,
  });
}

/** Those that a filter or an order has brought onto a page, wherever they stand by name. */
export function useTheseCaches(caches: KnownCaches, shown: readonly Cache[], isAsked: boolean): Answered<null> {
  const { learn } = caches;
  return useQuestion({
    key: ["ListCaches", "these", ...shown.map(({ form, id }) => `${form}/${id}`)],
    ask: async ({ elasticache }, options) => {
      for (const { form, id } of shown) {
        const cache = await askForCache(elasticache, options, form, id);
        learn((known) => withCache(known, form, id, cache));
      }
      return null;
    },
    everySeconds: Math.max(CALM_SECONDS, shown.length / ONE_BY_ONE_PER_SECOND),
    isAsked: isAsked && shown.length > 0,
  });
}

function secondsFor(looked: readonly Cache[]): number {
  return looked.every((cache) => isSettled(cache.status)) ? CALM_SECONDS : BUSY_SECONDS;
}

function pagesOf(client: ElastiCacheClient, options: Options): AskPage {
  return (form, marker, size) => askForCaches(client, options, form, marker, size);
}
