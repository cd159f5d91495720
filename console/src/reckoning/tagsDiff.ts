/** What a person changed about tags: which are to be set, and which are to go. */

export interface EditedTag {
  key: string;
  value: string;
  /** It was there before. */
  existing: boolean;
  markedForRemoval?: boolean;
}

export interface TagsDiff {
  set: Record<string, string>;
  removed: string[];
}

export function tagsDiff(before: readonly EditedTag[], after: readonly EditedTag[]): TagsDiff {
  const values = new Map(before.map(({ key, value }) => [key, value]));
  const kept = after.filter((tag) => !tag.markedForRemoval);
  const keys = new Set(kept.map(({ key }) => key));
  return {
    set: Object.fromEntries(
      kept.filter(({ key, value }) => values.get(key) !== value).map(({ key, value }) => [key, value]),
    ),
    // One that was marked and written anew under the same key stays.
    removed: before.map(({ key }) => key).filter((key) => !keys.has(key)),
  };
}

export function isNoChange({ set, removed }: TagsDiff): boolean {
  return Object.keys(set).length === 0 && removed.length === 0;
}
