/** The maintenance window, when it opens next, and what is done in it without being asked for. */

import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { isMemcached, type Subject } from "../../../caches";
import { ActionButton } from "../../../parts/actions/ActionButton";
import { nextOpening, parseMaintenanceWindow, windowInWords } from "../../../reckoning/windows";
import { ago, moment } from "../../../words/times";
import { useNow } from "../useNow";

export function Window({ subject: { cache, group, cluster } }: { subject: Subject }) {
  const window = parseMaintenanceWindow(cluster?.PreferredMaintenanceWindow);
  const topic = cluster?.NotificationConfiguration;
  const isAutomatic = (group ?? cluster)?.AutoMinorVersionUpgrade === true;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <ActionButton cache={cache} action="modify">
              Modify
            </ActionButton>
          }
        >
          Maintenance
        </Header>
      }
    >
      <KeyValuePairs
        columns={isMemcached(cache) ? 3 : 4}
        minColumnWidth={200}
        items={[
          { label: "Window", value: window === undefined ? "Not known yet" : windowInWords(window) },
          { label: "Next", value: window === undefined ? "-" : <Next window={window} /> },
          ...(isMemcached(cache)
            ? []
            : [
                {
                  label: "Minor upgrades by themselves",
                  value: isAutomatic ? "On: newer patches, in the window, once their date is reached" : "Off",
                },
              ]),
          {
            label: "Topic told of events",
            value:
              topic?.TopicArn === undefined
                ? "None"
                : `${topic.TopicArn}${topic.TopicStatus === "inactive" ? " (told nothing for now)" : ""}`,
          },
        ]}
      />
    </Container>
  );
}

function Next({ window }: { window: NonNullable<ReturnType<typeof parseMaintenanceWindow>> }) {
  const now = useNow();
  const { isOpen, at } = nextOpening(window, now);
  return isOpen ? (
    <StatusIndicator type="in-progress">{`Open, until ${moment(at)}`}</StatusIndicator>
  ) : (
    `${moment(at)}, ${ago(at, now)}`
  );
}
