/**
 * What is known of the list of caches, which the API hands over in pages and in two lists: replication groups, and cache
 * clusters on their own. Both come sorted by name, so a prefix of both together is known long before all of either is,
 * and a page that is asked for anew takes the place of what stood between its ends. Nothing here asks; `questions/` does.
 */

import type { Cache, Form } from "../caches";

/** Behind which cache a page of the API can begin, and the marker that says so; the first one begins at the start. */
export interface Place {
  after: string;
  marker: string | undefined;
}

export interface KnownList {
  /** Sorted by id, as the API sorts. */
  caches: readonly Cache[];
  /** Sorted by `after`. Where the list is not complete, the last one is where what is unknown begins. */
  places: readonly Place[];
  isComplete: boolean;
}

export type Known = Record<Form, KnownList>;

/** What the API answered: some caches, and the marker of what follows them. */
export interface AnsweredPage {
  caches: readonly Cache[];
  marker: string | undefined;
}

export const START: Place = { after: "", marker: undefined };
const UNKNOWN: KnownList = { caches: [], places: [START], isComplete: false };
export const NOTHING_KNOWN: Known = { "replication-group": UNKNOWN, "cache-cluster": UNKNOWN };
export const FORMS: readonly Form[] = ["replication-group", "cache-cluster"];

/** A cache's name among those of both forms: a group and a cache cluster may be called alike. */
export function keyOf(cache: Pick<Cache, "form" | "id">): string {
  return `${cache.form}/${cache.id}`;
}

/** The caches of both lists up to where one of them is unknown, by name; a group stands before a cache cluster of its name. */
export function mergedCaches(known: Known): Cache[] {
  const end = horizon(known);
  const groups = known["replication-group"].caches;
  const clusters = known["cache-cluster"].caches;
  const merged: Cache[] = [];
  let group = 0;
  let cluster = 0;
  for (;;) {
    const one = groups[group];
    const other = clusters[cluster];
    const next = other === undefined || (one !== undefined && one.id <= other.id) ? one : other;
    if (next === undefined || (end !== undefined && next.id > end)) return merged;
    merged.push(next);
    if (next === one) group += 1;
    else cluster += 1;
  }
}

export function isComplete(known: Known): boolean {
  return FORMS.every((form) => known[form].isComplete);
}

export function knownCount(known: Known): number {
  return FORMS.reduce((count, form) => count + known[form].caches.length, 0);
}

/** The lists that keep the merged one from growing: their next pages are the ones to ask for. */
export function formsToExtend(known: Known): Form[] {
  const end = horizon(known);
  return FORMS.filter((form) => !known[form].isComplete && lastPlace(known[form]).after === end);
}

export function lastPlace(list: KnownList): Place {
  return list.places.at(-1) ?? START;
}

/** Where a page has to begin to have this cache on it. */
export function placeBefore(list: KnownList, id: string): Place {
  return list.places.findLast((place) => place.after < id) ?? START;
}

/** Puts a page in its place. What it does not change is the same object as before, so that nobody draws it anew. */
export function withPage(known: Known, form: Form, place: Place, page: AnsweredPage): Known {
  const list = known[form];
  const last = page.marker === undefined ? undefined : page.caches.at(-1)?.id;
  const beyond = last === undefined ? [] : list.caches.filter((cache) => cache.id > last);
  const former = new Map(list.caches.map((cache) => [cache.id, cache]));
  const caches = [
    ...list.caches.filter((cache) => cache.id <= place.after),
    ...page.caches.map((cache) => sameOr(former.get(cache.id), cache)),
    ...beyond,
  ];
  const places = [
    ...list.places.filter((other) => other.after <= place.after),
    ...(last === undefined ? [] : [{ after: last, marker: page.marker }]),
    ...list.places.filter((other) => last !== undefined && other.after > last),
  ];
  // Who was at the end, and is told that more follows, is no longer.
  const isAll = last === undefined || (list.isComplete && beyond.length > 0);
  const hasSameCaches = isSame(caches, list.caches);
  const isAsBefore = hasSameCaches && isAll === list.isComplete && samePlaces(places, list.places);
  if (isAsBefore) return known;
  return { ...known, [form]: { caches: hasSameCaches ? list.caches : caches, places, isComplete: isAll } };
}

/** One cache as it is now, or `undefined` where there is none of that name any more. */
export function withCache(known: Known, form: Form, id: string, cache: Cache | undefined): Known {
  const list = known[form];
  const caches = list.caches.flatMap((other) => {
    if (other.id !== id) return [other];
    return cache === undefined ? [] : [sameOr(other, cache)];
  });
  return isSame(caches, list.caches) ? known : { ...known, [form]: { ...list, caches } };
}

/** Up to which name both lists are known; undefined where they are complete. */
function horizon(known: Known): string | undefined {
  const ends = FORMS.filter((form) => !known[form].isComplete).map((form) => lastPlace(known[form]).after);
  return ends.sort()[0]; // by code points, as the API sorts
}

function sameOr(former: Cache | undefined, cache: Cache): Cache {
  return former !== undefined && JSON.stringify(former) === JSON.stringify(cache) ? former : cache;
}

function samePlaces(one: readonly Place[], other: readonly Place[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isSame(one: readonly Cache[], other: readonly Cache[]): boolean {
  return one.length === other.length && one.every((cache, index) => cache === other[index]);
}
