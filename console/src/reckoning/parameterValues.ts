/**
 * Whether a value can be given to a parameter, told while it is typed. What is allowed comes from the API: `yes,no`,
 * `0-100`, `0-`, `0,20-`, one value alone. The API has the last word: an end that its text leaves open, it has.
 */

export interface ValueRules {
  name: string;
  /** AWS's word: integer, string, float or boolean. */
  dataType: string;
  /** Absent where the API lists none. */
  allowedValues?: string;
}

/** A part of the allowed values: one value, or a range whose end may be open. */
type Allowed = { value: string } | { from: string; to?: string };

const INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
const FLOAT = /^[0-9]{1,4}(?:\.[0-9]{1,4})?$/;
const RANGE = /^(-?[0-9]+)-([0-9]+)?$/;

const KEYSPACE_EVENTS = "notify-keyspace-events";
const KEYSPACE_CLASSES = "KEg$lshzxetdmnA";
/** What `A` stands for. */
const ALL_KEYSPACE_CLASSES = "g$lshzxetd";

/** Why it cannot be, in a sentence; undefined where nothing speaks against it. */
export function valueRefusal(rules: ValueRules, value: string): string | undefined {
  if (rules.name === KEYSPACE_EVENTS) return keyspaceRefusal(value);
  if (rules.allowedValues === undefined) return undefined;
  const allowed = allowedParts(rules);
  if (allowed.some((part) => isWithin(part, value, rules.dataType))) return undefined;
  return sentence(rules, allowed, value);
}

/** The values to choose from; undefined where there are others, or only one. */
export function choicesOf(rules: ValueRules): string[] | undefined {
  const values = allowedParts(rules).flatMap((part) => ("value" in part ? [part.value] : []));
  return values.length >= 2 && values.length === allowedParts(rules).length ? values : undefined;
}

/** ``0-100`` → ``0 to 100``, ``0,20-`` → ``0, or 20 and more``, ``yes,no`` → ``yes or no``. */
export function allowedWords(rules: ValueRules): string {
  if (rules.name === KEYSPACE_EVENTS) return `any of ${KEYSPACE_CLASSES}, or nothing`;
  const words = allowedParts(rules).map((part) => wordsOf(part, rules.dataType));
  if (words.length <= 2) return words.join(words.some((word) => word.includes(" ")) ? ", or " : " or ");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function allowedParts({ dataType, allowedValues }: ValueRules): Allowed[] {
  if (allowedValues === undefined || allowedValues === "") return [];
  return allowedValues.split(",").map((text) => {
    const range = isNumber(dataType) ? RANGE.exec(text) : null;
    if (range === null) return { value: text };
    return { from: range[1] ?? "", to: range[2] };
  });
}

function isNumber(dataType: string): boolean {
  return dataType === "integer" || dataType === "float";
}

/** Integers are compared as such however long they are: a size in bytes has up to nineteen figures. */
function isWithin(part: Allowed, value: string, dataType: string): boolean {
  if ("value" in part) return value === part.value;
  if (dataType === "float") {
    if (!FLOAT.test(value)) return false;
    // A growth factor of 1 would be no growth: the lower end of a float is not one of its values.
    return Number(value) > Number(part.from) && (part.to === undefined || Number(value) <= Number(part.to));
  }
  if (!INTEGER.test(value)) return false;
  const number = BigInt(value);
  return number >= BigInt(part.from) && (part.to === undefined || number <= BigInt(part.to));
}

function sentence(rules: ValueRules, allowed: readonly Allowed[], value: string): string {
  const words = allowedWords(rules);
  const hasRange = allowed.some((part) => "from" in part);
  if (value === "") return `It needs a value: ${words}.`;
  if (hasRange && rules.dataType === "integer" && !INTEGER.test(value)) return `A whole number: ${words}.`;
  if (hasRange && rules.dataType === "float" && !FLOAT.test(value)) {
    return `A number, with at most four figures behind the point: ${words}.`;
  }
  return `Allowed: ${words}.`;
}

function wordsOf(part: Allowed, dataType: string): string {
  if ("value" in part) return part.value;
  if (dataType === "float")
    return part.to === undefined ? `more than ${part.from}` : `over ${part.from} up to ${part.to}`;
  return part.to === undefined ? `${part.from} and more` : `${part.from} to ${part.to}`;
}

/** The API lists no values of it; which characters there are, AWS and the engines document. */
function keyspaceRefusal(value: string): string | undefined {
  const classes = new Set(value);
  const strange = [...classes].filter((character) => !KEYSPACE_CLASSES.includes(character));
  if (strange.length > 0) return `Not ${strange.join(" ")}: the characters are ${KEYSPACE_CLASSES}.`;
  if (classes.size < value.length) return "Each character once.";
  const hasAll = classes.has("A") || [...ALL_KEYSPACE_CLASSES].every((character) => classes.has(character));
  if (hasAll && classes.has("n")) return "Not n beside A: engines do not say whether they have it then.";
  return undefined;
}
