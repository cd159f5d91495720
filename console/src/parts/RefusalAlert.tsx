/** Something red: what was refused or failed, in the API's own sentence, and what to do next. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import type { Refusal } from "../refusals";

export function RefusalAlert({ refusal, onRetry }: { refusal: Refusal | undefined; onRetry?: () => void }) {
  if (refusal === undefined) return null;
  const isPassing = refusal.kind === "away" || refusal.kind === "busy";
  return (
    <Alert
      type={isPassing ? "warning" : "error"}
      header={refusal.title}
      action={
        onRetry === undefined ? undefined : (
          // Inside a form it would submit what is typed there.
          <Button formAction="none" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      <Box>{refusal.sentence}</Box>
      <Box color="text-body-secondary">{refusal.nextAct}</Box>
      {refusal.code !== undefined && <Box variant="small">Code: {refusal.code}</Box>}
    </Alert>
  );
}
