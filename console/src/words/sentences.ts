/** Sentences of the control plane, as a list shows them. */

export interface NestedSentence {
  sentence: string;
  /** What is said about it. */
  below: string[];
}

/** A sentence that begins with two spaces is about the one before it. */
export function nestedSentences(sentences: readonly string[]): NestedSentence[] {
  const nested: NestedSentence[] = [];
  for (const text of sentences) {
    const last = nested.at(-1);
    if (text.startsWith("  ") && last !== undefined) last.below.push(text.trim());
    else nested.push({ sentence: text.trim(), below: [] });
  }
  return nested;
}
