/** What went wrong with one panel. That Elastane does not answer is said once, above all of them; here, what that comes to. */

import Box from "@cloudscape-design/components/box";
import { RefusalAlert } from "../../parts/RefusalAlert";
import type { Refusal } from "../../refusals";

interface Props {
  refusal: Refusal | undefined;
  /** Whether the panel has an older answer to show. */
  hasAnswer: boolean;
  onRetry: () => void;
}

export function PanelRefusal({ refusal, hasAnswer, onRetry }: Props) {
  if (refusal === undefined) return null;
  if (refusal.kind === "away") return hasAnswer ? null : <NotKnown />;
  return (
    <Box margin={{ bottom: "s" }}>
      <RefusalAlert refusal={refusal} onRetry={onRetry} />
    </Box>
  );
}

export function NotKnown() {
  return <Box color="text-body-secondary">Not known yet.</Box>;
}
