/** Puts an alarm into a state, to see whether who shall be told is told. */

import type { MetricAlarm, StateValue } from "@aws-sdk/client-cloudwatch";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useSetAlarmState } from "../../changes/useSetAlarmState";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { wordOf } from "../../parts/StatusWord";
import { topicName } from "./topics";

const STATES: readonly StateValue[] = ["ALARM", "OK", "INSUFFICIENT_DATA"];

export function TryState({ alarm, onDismiss }: { alarm: MetricAlarm; onDismiss: () => void }) {
  const { change, isPending, refusal } = useSetAlarmState();
  const [state, setState] = useState<StateValue>(alarm.StateValue === "ALARM" ? "OK" : "ALARM");
  const [reason, setReason] = useState("A try from the console.");
  const isGood = reason.trim() !== "";
  const submit = async () => {
    if (!isGood || isPending) return;
    if ((await change({ name: alarm.AlarmName ?? "", state, reason })) !== undefined) onDismiss();
  };
  return (
    <Modal
      visible
      header="Try a state"
      onDismiss={onDismiss}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!isGood} loading={isPending} onClick={submit}>
              Put it into this state
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <SpaceBetween size="m">
          <Box>The next evaluation, within a minute, puts it back to what is measured. Nothing happens to a cache.</Box>
          <FormField label="State">
            <RadioGroup
              value={state}
              onChange={({ detail }) => setState(detail.value as StateValue)}
              items={STATES.map((value) => ({
                value,
                label: wordOf(value),
                description: toldWords(alarm, value),
                disabled: value === alarm.StateValue,
              }))}
            />
          </FormField>
          <FormField label="Reason" description="It is in the message and in the history.">
            <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
          </FormField>
          {alarm.ActionsEnabled === false && (
            <Alert type="info">The actions of this alarm are disabled, so nobody will be told.</Alert>
          )}
          <RefusalAlert refusal={refusal} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}

function toldWords(alarm: MetricAlarm, state: StateValue): string {
  if (state === alarm.StateValue) return "It is in this state, so nothing would be set off.";
  const topics = actionsOn(alarm, state).map(topicName);
  return topics.length === 0 ? "Nobody is told." : `Tells ${topics.join(", ")}.`;
}

export function actionsOn(alarm: MetricAlarm, state: StateValue): string[] {
  if (state === "ALARM") return alarm.AlarmActions ?? [];
  return (state === "OK" ? alarm.OKActions : alarm.InsufficientDataActions) ?? [];
}
