/** How old what is shown is, and a way to ask now. Where nobody answers, it says since when. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Answered } from "../../questions/useQuestion";
import { ago, moment } from "../../words/times";
import { useNow } from "./useNow";

export function Asked({ asked }: { asked: Answered<unknown> }) {
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <Age asked={asked} />
      <Button iconName="refresh" ariaLabel="Ask again now" onClick={asked.askAgain} />
    </SpaceBetween>
  );
}

function Age({ asked: { answeredAt, refusal } }: { asked: Answered<unknown> }) {
  const now = useNow();
  if (answeredAt === 0) return null;
  const at = new Date(answeredAt);
  if (refusal !== undefined) {
    return <StatusIndicator type="warning">{`Stale: as of ${moment(at)}, ${ago(at, now)}`}</StatusIndicator>;
  }
  return (
    <Box variant="small" color="text-body-secondary">
      {`Asked ${ago(at, now)}`}
    </Box>
  );
}
