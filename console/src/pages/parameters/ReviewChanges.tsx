/** What was typed, before and after, to be confirmed and sent. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useModifyParameters } from "../../changes/useModifyParameters";
import { CodeBlock } from "../../parts/CodeBlock";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { modificationCommands } from "../../reckoning/parameterCommands";
import { CALL_LENGTH, type Change, callsOf } from "../../reckoning/parameters";
import { useSignedIn } from "../../SignedIn";
import { counted } from "../../words/numbers";
import { ChangesTable, consequence } from "./ChangesTable";

interface Props {
  groupName: string;
  changes: readonly Change[];
  userCount: number | undefined;
  onDone: () => void;
  onDismiss: () => void;
}

export function ReviewChanges({ groupName, changes: given, userCount, onDone, onDismiss }: Props) {
  const { region } = useSignedIn();
  // What was reviewed is what is sent, also when an answer comes meanwhile in which a part of it is so already.
  const [changes, setChanges] = useState(given);
  const [doneCount, setDoneCount] = useState(0);
  const { modify, isPending, refusal } = useModifyParameters();
  const values = changes.map(({ name, after }) => ({ name, value: after }));
  const callCount = callsOf(values).length;
  const send = async () => {
    const count = await modify(groupName, values);
    if (count === values.length) return onDone();
    setDoneCount(doneCount + count);
    setChanges(changes.slice(count));
  };
  return (
    <Modal
      visible
      size="large"
      onDismiss={onDismiss}
      header="Review changes"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Back
            </Button>
            <Button variant="primary" loading={isPending} onClick={send}>
              {`Change ${counted(changes.length, "parameter")}`}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{consequence(changes, userCount)}</Box>
        {callCount > 1 && (
          <Alert type="info">
            Sent in {callCount} calls, for AWS takes {CALL_LENGTH} parameters in one. All of a call are changed or none;
            when one is refused, those before it stay changed and those after it are not sent.
          </Alert>
        )}
        <ChangesTable changes={changes} after="After" />
        <ExpandableSection headerText="As AWS CLI command">
          <CodeBlock text={modificationCommands(groupName, values, region).join("\n")} label="AWS CLI command" />
        </ExpandableSection>
        {/* At the end, beside the button that was pressed: a long list would hide it. */}
        {doneCount > 0 && (
          <Alert type="warning" header={`${counted(doneCount, "parameter")} changed, the rest not`}>
            A later call was refused. Above is what is left.
          </Alert>
        )}
        <RefusalAlert refusal={refusal} />
      </SpaceBetween>
    </Modal>
  );
}
