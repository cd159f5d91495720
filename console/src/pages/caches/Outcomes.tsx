/** What came of a change of several things: of each, that the API has taken it, or why not and what to do. */

import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Outcome } from "../../changes/askEach";

interface Props<Item> {
  outcomes: readonly Outcome<Item>[];
  nameOf: (item: Item) => string;
}

export function Outcomes<Item>({ outcomes, nameOf }: Props<Item>) {
  return (
    <SpaceBetween size="xs">
      {outcomes.map(({ item, refusal }) => (
        <div key={nameOf(item)}>
          <StatusIndicator type={refusal === undefined ? "success" : "error"}>
            {nameOf(item)}: {refusal === undefined ? "accepted" : refusal.sentence}
          </StatusIndicator>
          {refusal !== undefined && <Box color="text-body-secondary">{refusal.nextAct}</Box>}
        </div>
      ))}
    </SpaceBetween>
  );
}
