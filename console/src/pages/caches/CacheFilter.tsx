/** The filter above the list of caches: words, or a property and its value. */

import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import { useMemo } from "react";
import type { Cache } from "../../caches";
import { wordOf } from "../../parts/StatusWord";
import { PROPERTIES, type Property, type Query, valueIn } from "../../reckoning/cacheQuery";
import { engineTitle } from "../../reckoning/upgrades";
import { counted } from "../../words/numbers";

interface Props {
  query: Query;
  onChange: (query: Query) => void;
  /** Those that are known; their values are offered. */
  known: readonly Cache[];
  matchCount: number;
  /** Whether more are still being asked for. */
  isGathering: boolean;
}

const LABELS: Record<Property, string> = {
  name: "Name",
  status: "Status",
  engine: "Engine",
  clusterMode: "Cluster mode",
  nodeType: "Node type",
  encryption: "Encryption in transit",
  access: "Access",
};

/** How a value is shown, where the API's own spelling is not how people say it. */
const SHOWN: Partial<Record<Property, (value: string) => string>> = {
  engine: (value) => engineTitle(value),
  status: wordOf,
};

/** What can be in a list of which only a part is known. Node types and names are offered as far as they are. */
const VALUES: Partial<Record<Property, readonly string[]>> = {
  status: ["available", "creating", "modifying", "deleting", "create-failed"],
  engine: ["valkey", "redis", "memcached"],
  clusterMode: ["enabled", "compatible", "disabled"],
  encryption: ["required", "preferred", "off"],
  access: ["users", "AUTH token", "open"],
};

/** More than that nobody reads; who looks for a name types some of it. */
const NAMES_OFFERED = 50;

const FILTERED: PropertyFilterProps.FilteringProperty[] = PROPERTIES.map((key) => {
  const format = SHOWN[key];
  const plain = ["=", "!=", ":", "!:"] as const;
  const labelled = ["=", "!="] as const;
  return {
    key,
    propertyLabel: LABELS[key],
    groupValuesLabel: LABELS[key],
    operators: format === undefined ? plain : labelled.map((operator) => ({ operator, format })),
    defaultOperator: key === "name" ? ":" : "=",
  };
});

export function CacheFilter({ query, onChange, known, matchCount, isGathering }: Props) {
  const options = useMemo(() => optionsOf(known), [known]);
  return (
    <PropertyFilter
      query={query}
      onChange={({ detail }) => onChange(detail)}
      filteringProperties={FILTERED}
      filteringOptions={options}
      filteringPlaceholder="Find caches"
      filteringAriaLabel="Find caches"
      countText={`${counted(matchCount, "match", "matches")}${isGathering ? " so far" : ""}`}
      loading={isGathering}
      expandToViewport
    />
  );
}

function optionsOf(known: readonly Cache[]): PropertyFilterProps.FilteringOption[] {
  return PROPERTIES.flatMap((propertyKey) => {
    const seen = propertyKey === "name" ? known.slice(0, NAMES_OFFERED) : known;
    const values = new Set([...(VALUES[propertyKey] ?? []), ...seen.map((cache) => valueIn(cache, propertyKey))]);
    const label = SHOWN[propertyKey];
    return [...values].map((value) => ({ propertyKey, value, label: label?.(value) }));
  });
}
