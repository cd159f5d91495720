import type { Loop } from "../elastane";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** What each loop of the control plane thinks. */
export function useLoops(): Answered<Loop[]> {
  return useQuestion({
    key: ["DescribeLoops"],
    ask: async ({ elastane }, options) => (await elastane.describeLoops(options)).Loops,
    everySeconds: CALM_SECONDS,
  });
}
