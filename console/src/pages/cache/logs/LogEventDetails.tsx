/** One event, whole: its text, and where it stands. */

import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { CodeBlock } from "../../../parts/CodeBlock";
import { prettyMessage } from "../../../reckoning/logLines";
import { moment } from "../../../words/times";

export function LogEventDetails({ event, onDismiss }: { event: FilteredLogEvent; onDismiss: () => void }) {
  const { timestamp, ingestionTime, logStreamName, message = "" } = event;
  return (
    <Modal
      visible
      size="large"
      header="Log event"
      onDismiss={onDismiss}
      footer={
        <Box float="right">
          <Button onClick={onDismiss}>Close</Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={2}
          items={[
            { label: "Happened", value: timestamp === undefined ? "-" : moment(new Date(timestamp)) },
            { label: "Delivered", value: ingestionTime === undefined ? "-" : moment(new Date(ingestionTime)) },
            { label: "Log stream", value: logStreamName ?? "-" },
          ]}
        />
        <CodeBlock text={prettyMessage(message)} label="the event" />
      </SpaceBetween>
    </Modal>
  );
}
