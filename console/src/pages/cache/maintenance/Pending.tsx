/** What was asked for and is not so yet. What waits can be done now, or taken back. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Subject } from "../../../caches";
import { useModify } from "../../../changes/useModify";
import { RefusalAlert } from "../../../parts/RefusalAlert";
import { useEngineVersions } from "../../../questions/useEngineVersions";
import { isAnyWaiting, pendingValues, takingBack } from "../../../reckoning/pendingValues";
import { offeredVersion } from "../../../reckoning/upgrades";

export function Pending({ subject }: { subject: Subject }) {
  const { cache, cluster } = subject;
  const pending = pendingValues(subject);
  const offers = useEngineVersions();
  const modifying = useModify(cache);
  const present = offeredVersion(cache.engine, cluster?.EngineVersion ?? "", offers.answer ?? []);
  const apply = () =>
    modifying.change({
      modifications: { ApplyImmediately: true },
      said: `What waited for ${cache.id} is being done now.`,
    });
  const takeBack = () =>
    modifying.change({
      modifications: takingBack(subject, present),
      said: `Nothing waits for the maintenance window of ${cache.id} any more.`,
    });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Values that were asked for and are not so yet."
          actions={
            isAnyWaiting(pending) && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={takeBack} disabled={modifying.isPending || offers.answer === undefined}>
                  Take back
                </Button>
                <Button onClick={apply} loading={modifying.isPending}>
                  Apply now
                </Button>
              </SpaceBetween>
            )
          }
        >
          Pending
        </Header>
      }
    >
      <SpaceBetween size="s">
        {pending.length === 0 && <Box color="text-body-secondary">Nothing waits, and nothing is under way.</Box>}
        {pending.map(({ what, to, when }) => (
          <div key={what}>
            <StatusIndicator type={when === "in the maintenance window" ? "pending" : "in-progress"}>
              {`${what}: ${to} (${when})`}
            </StatusIndicator>
          </div>
        ))}
        <RefusalAlert refusal={modifying.refusal} />
      </SpaceBetween>
    </Container>
  );
}
