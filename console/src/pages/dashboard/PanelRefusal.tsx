/** What went wrong with one panel. That Elastane does not answer is said once, above all of them. */

import Box from "@cloudscape-design/components/box";
import { RefusalAlert } from "../../parts/RefusalAlert";
import type { Refusal } from "../../refusals";

export function PanelRefusal({ refusal, onRetry }: { refusal: Refusal | undefined; onRetry: () => void }) {
  if (refusal === undefined || refusal.kind === "away") return null;
  return (
    <Box margin={{ bottom: "s" }}>
      <RefusalAlert refusal={refusal} onRetry={onRetry} />
    </Box>
  );
}
