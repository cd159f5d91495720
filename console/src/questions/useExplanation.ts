import { type Form, isSettled } from "../caches";
import type { Explanation } from "../elastane";
import { type Answered, CALM_SECONDS, LIVELY_SECONDS, useQuestion } from "./useQuestion";

export interface ExplanationAsked {
  /** Which one is meant where a replication group and a cache cluster have the same id. */
  form?: Form;
  /** For a live picture: asked for every second also while nothing is under way. */
  isLive?: boolean;
  /** False while it is not known of which. */
  isAsked?: boolean;
}

/** What the control plane thinks of one cache: what it shall be, what it is, and what is done about the difference. */
export function useExplanation(
  cacheId: string,
  { form, isLive = false, isAsked }: ExplanationAsked = {},
): Answered<Explanation> {
  return useQuestion({
    key: ["ExplainCache", cacheId, form ?? "replication-group"],
    ask: ({ elastane }, options) => elastane.explainCache({ CacheId: cacheId, Form: form }, options),
    everySeconds: (answer) => (isLive || !isSettled(answer?.Status) ? LIVELY_SECONDS : CALM_SECONDS),
    isAsked,
  });
}
