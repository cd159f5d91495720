/** Puts an alarm into a state, to see whether who shall be told is told. */

import type { MetricAlarm, StateValue } from "@aws-sdk/client-cloudwatch";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { useSetAlarmState } from "../../changes/useSetAlarmState";
import { FormDialog } from "../../parts/FormDialog";
import { wordOf } from "../../parts/StatusWord";
import { topicName } from "./topics";

const STATES: readonly StateValue[] = ["ALARM", "OK", "INSUFFICIENT_DATA"];

export function TryState({ alarm, onDismiss }: { alarm: MetricAlarm; onDismiss: () => void }) {
  const { change, isPending, refusal } = useSetAlarmState();
  const [state, setState] = useState<StateValue>(alarm.StateValue === "ALARM" ? "OK" : "ALARM");
  const [reason, setReason] = useState("A try from the console.");
  const isGood = reason.trim() !== "";
  return (
    <FormDialog
      title="Try a state"
      confirm="Put it into this state"
      isConfirmable={isGood}
      onConfirm={() => change({ name: alarm.AlarmName ?? "", state, reason })}
      onDismiss={onDismiss}
      changing={{ isPending, refusal }}
    >
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
    </FormDialog>
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
