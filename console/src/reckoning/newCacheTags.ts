/** AWS's rules for tags. */

import type { NewTag } from "./newCache";

export const TAG_COUNT_MAX = 50;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;
const ALLOWED = /^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u;

export function problemsOfTags(tags: readonly NewTag[]): string[] {
  const found = tags.map((tag, index) => problemOfTag(tag, tags.slice(0, index))).filter((one) => one !== undefined);
  if (tags.length > TAG_COUNT_MAX) found.push(`A cache has ${TAG_COUNT_MAX} tags at most.`);
  return found;
}

export function problemOfTag({ key, value }: NewTag, before: readonly NewTag[]): string | undefined {
  if (key === "") return "A tag needs a key.";
  if (key.length > KEY_LENGTH_MAX) return `A key has ${KEY_LENGTH_MAX} characters at most.`;
  if (value.length > VALUE_LENGTH_MAX) return `A value has ${VALUE_LENGTH_MAX} characters at most.`;
  if (key.toLowerCase().startsWith("aws:")) return "Keys that begin with aws: are AWS's own.";
  if (!ALLOWED.test(key) || !ALLOWED.test(value)) return "A tag has letters, digits, spaces and _ . : / = + - @";
  if (before.some((other) => other.key === key)) return `The key ${key} is there already.`;
  return undefined;
}
