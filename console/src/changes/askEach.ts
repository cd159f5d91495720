/** One call after the other, and what came of each. Nothing of React here: `useEachChange` draws it. */

import { type Refusal, refusalOf } from "../refusals";

export interface Outcome<Item> {
  item: Item;
  /** Absent where the API has taken it. */
  refusal: Refusal | undefined;
}

/** Raised by whoever finds that nobody wants to go on. */
export class Stopped extends Error {}

interface Asking<Item> {
  items: readonly Item[];
  ask: (item: Item) => Promise<unknown>;
  isStopped: () => boolean;
  /** Told after each, with all that is known so far. */
  onOutcomes: (outcomes: readonly Outcome<Item>[]) => void;
}

/**
 * Who is refused keeps nobody else from it. Only when the key is no longer accepted, or the API is away, is nobody else
 * asked for: it would be the same for all, and each would be waited for.
 */
export async function askEach<Item>({ items, ask, isStopped, onOutcomes }: Asking<Item>): Promise<Outcome<Item>[]> {
  const outcomes: Outcome<Item>[] = [];
  let ending: Refusal | undefined;
  for (const item of items) {
    if (isStopped()) break;
    try {
      if (ending === undefined) await ask(item);
      outcomes.push({ item, refusal: ending });
    } catch (error) {
      if (error instanceof Stopped) break;
      const refusal = refusalOf(error);
      if (refusal.kind === "signed-out" || refusal.kind === "away") ending = refusal;
      outcomes.push({ item, refusal });
    }
    onOutcomes([...outcomes]);
  }
  return outcomes;
}
