/** Which caches of a list a person wants to see, and in which order; and the same as the part of an address behind `?`. */

import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import type { Cache } from "../caches";
import { paths } from "../paths";
import { engineTitle } from "./upgrades";

export type Query = PropertyFilterProps.Query;
type Token = PropertyFilterProps.Token;

/** What can be filtered for by name. */
export const PROPERTIES = ["name", "status", "engine", "clusterMode", "nodeType", "encryption", "access"] as const;
export type Property = (typeof PROPERTIES)[number];

export const NO_QUERY: Query = { tokens: [], operation: "and" };

export interface Order {
  columnId: string;
  isDescending: boolean;
}

/** The API's own order, which needs no more of the list than the page that is shown. */
export const BY_NAME: Order = { columnId: "name", isDescending: false };

export function valueIn(cache: Cache, property: Property): string {
  return property === "name" ? cache.id : cache[property];
}

export function isMatch(cache: Cache, query: Query): boolean {
  if (query.tokens.length === 0) return true;
  const isOne = (token: Token) => isTokenMatch(cache, token);
  return query.operation === "or" ? query.tokens.some(isOne) : query.tokens.every(isOne);
}

function isTokenMatch(cache: Cache, { propertyKey, operator, value }: Token): boolean {
  const sought = String(value).toLowerCase();
  const texts =
    propertyKey === undefined
      ? [
          ...PROPERTIES.map((property) => valueIn(cache, property)),
          engineTitle(cache.engine),
          cache.description,
          cache.arn,
        ]
      : [valueIn(cache, propertyKey as Property)];
  const has = texts.some((text) => text.toLowerCase().includes(sought));
  const is = texts.some((text) => text.toLowerCase() === sought);
  switch (operator) {
    case "=":
      return is;
    case "!=":
      return !is;
    case "!:":
      return !has;
    default:
      return has;
  }
}

/** `memoryOf` is of a node, in bytes: node types are ordered by it, since their names are not. */
export function sorted(caches: readonly Cache[], order: Order, memoryOf: (cache: Cache) => number): Cache[] {
  const sign = order.isDescending ? -1 : 1;
  const keyed = caches.map((cache) => ({ cache, key: sortKey(cache, order.columnId, memoryOf) }));
  keyed.sort((one, other) => sign * (compare(one.key, other.key) || compare(one.cache.id, other.cache.id)));
  return keyed.map(({ cache }) => cache);
}

function sortKey(cache: Cache, columnId: string, memoryOf: (cache: Cache) => number): string | number {
  switch (columnId) {
    case "shards":
      return cache.shardCount;
    case "nodes":
      return cache.nodeCount;
    case "created":
      return cache.createdAt?.getTime() ?? 0;
    case "multiAz":
      return cache.isMultiAz ? 1 : 0;
    case "description":
      return cache.description.toLowerCase();
    case "nodeType":
      return memoryOf(cache);
    default:
      return valueIn(cache, columnId as Property);
  }
}

/** By code points, as the API sorts names. */
function compare(one: string | number, other: string | number): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

// --- in pages ------------------------------------------------------------------------------------

export function pageCountOf(matchCount: number, pageSize: number): number {
  return Math.max(1, Math.ceil(matchCount / pageSize));
}

/** The page that was asked for, or the last one where what was on it has gone: an empty page would look like an empty list. */
export function pageThatIs(pageIndex: number, matchCount: number, pageSize: number): number {
  return Math.min(pageIndex, pageCountOf(matchCount, pageSize));
}

// --- as an address -------------------------------------------------------------------------------

const OPERATORS = ["!=", "!:", "=", ":"] as const;
const FREE_TEXT = "text";
const ANY = "any";

/** ``status=modifying&name=:shop``: the operator stands before the value, and none means "is". */
export function toSearch(query: Query): URLSearchParams {
  const search = new URLSearchParams();
  for (const { propertyKey, operator, value } of query.tokens) {
    const text = String(value);
    const isPlain = operator === "=" && !OPERATORS.some((other) => text.startsWith(other));
    search.append(propertyKey ?? FREE_TEXT, isPlain ? text : `${operator}${text}`);
  }
  if (query.operation === "or") search.append("match", ANY);
  return search;
}

/** What an address does not spell as we do is left out of the filter. */
export function fromSearch(search: URLSearchParams): Query {
  const tokens: Token[] = [];
  for (const [key, text] of search) {
    const isProperty = (PROPERTIES as readonly string[]).includes(key);
    if (!isProperty && key !== FREE_TEXT) continue;
    const spelled = OPERATORS.find((other) => text.startsWith(other));
    const value = text.slice(spelled?.length ?? 0);
    if (value === "") continue;
    tokens.push({ propertyKey: isProperty ? key : undefined, operator: spelled ?? (isProperty ? "=" : ":"), value });
  }
  return { tokens, operation: search.get("match") === ANY ? "or" : "and" };
}

/** The list of caches with a filter on it, as a link. */
export function filteredPath(property: Property, value: string, operator: "=" | "!=" = "="): string {
  const search = toSearch({ tokens: [{ propertyKey: property, operator, value }], operation: "and" });
  return `${paths.caches()}?${search}`;
}
