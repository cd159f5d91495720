/**
 * Which caches are on the page of the list, and what else the page has to know of them. By name the API is asked for one
 * page after the other; a filter or another order needs all of them first, and says how far that is.
 */

import { useMemo } from "react";
import type { Cache } from "../../caches";
import { isMany, useCachesByName, useEveryCache, useKnownCaches, useTheseCaches } from "../../questions/useKnownCaches";
import type { MemoryOf } from "../../questions/useNodeTypeMemory";
import { BY_NAME, isMatch, type Order, pageThatIs, type Query, sorted } from "../../reckoning/cacheQuery";
import { isComplete, knownCount, mergedCaches } from "../../reckoning/knownCaches";
import type { Refusal } from "../../refusals";

export interface Asked {
  query: Query;
  order: Order;
  pageIndex: number;
  pageSize: number;
}

export interface ShownCaches {
  /** The rows of this page. */
  shown: readonly Cache[];
  /** Every cache that is known, by name. */
  known: readonly Cache[];
  /** How many match the filter, of those that are known. */
  matchCount: number;
  knownCount: number;
  /** Whether there may be more of them. */
  isComplete: boolean;
  /** Whether the rest is being asked for. */
  isGathering: boolean;
  /** Whether there is nothing to show yet. */
  isWaiting: boolean;
  refusal: Refusal | undefined;
  askAgain: () => void;
  /** The page that is shown: the last one, where the one that was asked for is no more. */
  pageIndex: number;
}

export function useShownCaches(asked: Asked, memoryOf: MemoryOf): ShownCaches {
  const { query, order, pageSize } = asked;
  const isPaged = query.tokens.length === 0 && order.columnId === BY_NAME.columnId && !order.isDescending;

  const caches = useKnownCaches();
  const isWhole = isComplete(caches.known);
  const merged = useMemo(() => mergedCaches(caches.known), [caches.known]);
  const matching = useMemo(() => {
    if (isPaged) return merged;
    const found = merged.filter((cache) => isMatch(cache, query));
    return sorted(found, order, (cache) => memoryOf(cache) ?? 0);
  }, [merged, isPaged, query, order, memoryOf]);
  const pageIndex = isWhole ? pageThatIs(asked.pageIndex, matching.length, pageSize) : asked.pageIndex;
  const first = (pageIndex - 1) * pageSize;
  const shown = useMemo(() => matching.slice(first, first + pageSize), [matching, first, pageSize]);

  const byName = useCachesByName(caches, first, pageSize, isPaged);
  const every = useEveryCache(caches, !isPaged);
  const these = useTheseCaches(caches, shown, !isPaged && isWhole && isMany(caches.known));

  const asking = isPaged ? byName : every.refusal === undefined ? these : every;
  const { refusal, askAgain } = asking;
  const isWaiting = shown.length === 0 && (isPaged ? byName.isWaiting : !isWhole);
  return {
    shown,
    known: merged,
    matchCount: matching.length,
    knownCount: knownCount(caches.known),
    isComplete: isWhole,
    isGathering: !isPaged && !isWhole,
    isWaiting,
    refusal,
    askAgain,
    pageIndex,
  };
}
