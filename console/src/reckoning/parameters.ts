/** Parameters as the pages have them: both of AWS's lists in one, and what is different between two of such lists. */

import type { CacheNodeTypeSpecificParameter, Parameter as FlatParameter } from "@aws-sdk/client-elasticache";
import type { ValueRules } from "./parameterValues";

export interface Parameter extends ValueRules {
  /** Absent where it depends on the node type. The API's "no value at all" is an empty one. */
  value?: string;
  valuesByNodeType?: ReadonlyMap<string, string>;
  description: string;
  /** `user` where the group's owner gave the value. */
  source: string;
  isModifiable: boolean;
  needsReboot: boolean;
  minimumEngineVersion: string;
}

export interface Change {
  name: string;
  before: string;
  after: string;
  needsReboot: boolean;
}

export interface Difference {
  name: string;
  /** Absent on the side that has no such parameter. */
  here?: string;
  there?: string;
}

/** AWS takes so many parameters in one call; all of a call's are changed, or none. */
export const CALL_LENGTH = 20;

export function parametersOf(
  flat: readonly FlatParameter[],
  specific: readonly CacheNodeTypeSpecificParameter[],
): Parameter[] {
  const both = [
    ...flat.map((one) => ({ ...common(one), value: one.ParameterValue ?? "" })),
    ...specific.map((one) => ({
      ...common(one),
      valuesByNodeType: new Map(
        one.CacheNodeTypeSpecificValues?.map(({ CacheNodeType = "", Value = "" }) => [CacheNodeType, Value]),
      ),
    })),
  ];
  return both.sort((one, other) => one.name.localeCompare(other.name, "en"));
}

/** Whether the group has another value than its family gives, or its owner gave it the same one. */
export function isChanged(parameter: Parameter, defaults: ReadonlyMap<string, string> | undefined): boolean {
  if (parameter.source === "user") return true;
  const first = defaults?.get(parameter.name);
  return first !== undefined && parameter.value !== undefined && first !== parameter.value;
}

/** What was typed and is not so yet, in the order of the names. */
export function changesOf(parameters: readonly Parameter[], typed: ReadonlyMap<string, string>): Change[] {
  return parameters.flatMap(({ name, value, needsReboot }) => {
    const after = typed.get(name);
    if (after === undefined || value === undefined || after === value) return [];
    return [{ name, before: value, after, needsReboot }];
  });
}

/** What goes back to the family's value. */
export function resetsOf(parameters: readonly Parameter[], defaults: ReadonlyMap<string, string>): Change[] {
  return parameters.flatMap(({ name, value, source, needsReboot }) => {
    if (source !== "user" || value === undefined) return [];
    return [{ name, before: value, after: defaults.get(name) ?? "", needsReboot }];
  });
}

/** So many together as one call takes. */
export function callsOf<Item>(items: readonly Item[], length = CALL_LENGTH): Item[][] {
  const calls: Item[][] = [];
  for (let start = 0; start < items.length; start += length) calls.push(items.slice(start, start + length));
  return calls;
}

export function differencesOf(here: readonly Parameter[], there: readonly Parameter[]): Difference[] {
  const hereBy = new Map(here.map((one) => [one.name, wholeValue(one)]));
  const thereBy = new Map(there.map((one) => [one.name, wholeValue(one)]));
  const names = [...new Set([...hereBy.keys(), ...thereBy.keys()])].sort((one, other) =>
    one.localeCompare(other, "en"),
  );
  return names
    .map((name) => ({ name, here: hereBy.get(name), there: thereBy.get(name) }))
    .filter((difference) => difference.here !== difference.there);
}

/** Of one that depends on the node type, all of its values; two groups rarely differ in them. */
function wholeValue(parameter: Parameter): string {
  if (parameter.valuesByNodeType === undefined) return parameter.value ?? "";
  return [...parameter.valuesByNodeType].map(([nodeType, value]) => `${nodeType} ${value}`).join(", ");
}

function common(one: FlatParameter | CacheNodeTypeSpecificParameter): Omit<Parameter, "value"> {
  return {
    name: one.ParameterName ?? "",
    dataType: one.DataType ?? "string",
    allowedValues: one.AllowedValues,
    description: one.Description ?? "",
    source: one.Source ?? "",
    isModifiable: one.IsModifiable === true,
    needsReboot: one.ChangeType === "requires-reboot",
    minimumEngineVersion: one.MinimumEngineVersion ?? "",
  };
}
