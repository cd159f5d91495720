/** Who is told when an alarm comes into a state: topics, which there may be or may be made here. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useTopics } from "../../questions/useTopics";
import type { AlarmDraft } from "../../reckoning/alarmDraft";
import type { Part } from "./AlarmForm";
import { NewTopic } from "./NewTopic";
import { topicName } from "./topics";

type Told = "onAlarm" | "onOk" | "onInsufficientData";

const FIELDS: readonly { field: Told; label: string }[] = [
  { field: "onAlarm", label: "When it goes off" },
  { field: "onOk", label: "When it is good again" },
  { field: "onInsufficientData", label: "When there is not enough data" },
];

export function ActionsFields({ draft, onChange }: Part) {
  const topics = useTopics();
  const [isMaking, setIsMaking] = useState(false);
  const arns = (topics.answer ?? []).flatMap(({ TopicArn }) => TopicArn ?? []);
  const isSilent = FIELDS.every(({ field }) => draft[field].length === 0);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Topics, whose subscribers are sent a message when the state changes."
          actions={
            <Button formAction="none" onClick={() => setIsMaking(true)}>
              Create topic
            </Button>
          }
        >
          Who is told
        </Header>
      }
    >
      <SpaceBetween size="m">
        <RefusalAlert refusal={topics.refusal} onRetry={topics.askAgain} />
        {FIELDS.map(({ field, label }) => (
          <FormField key={field} label={label}>
            <Multiselect
              selectedOptions={draft[field].map((arn) => ({ value: arn, label: topicName(arn) }))}
              options={[...new Set([...arns, ...draft[field]])].map((arn) => ({ value: arn, label: topicName(arn) }))}
              placeholder="Nobody"
              empty="There is no topic yet: create one."
              statusType={topics.isWaiting ? "loading" : "finished"}
              loadingText="Asking for topics"
              filteringType="auto"
              filteringAriaLabel="Find a topic"
              deselectAriaLabel={(option) => `Do not tell ${option.label}`}
              expandToViewport
              onChange={({ detail }) => onChange(withTopics(draft, field, valuesOf(detail.selectedOptions)))}
            />
          </FormField>
        ))}
        <Toggle checked={draft.isTold} onChange={({ detail }) => onChange({ ...draft, isTold: detail.checked })}>
          Actions are enabled
        </Toggle>
        {(isSilent || !draft.isTold) && (
          <Alert type="info">Nobody will be told. The state of the alarm can be seen on the list of alarms.</Alert>
        )}
      </SpaceBetween>
      {isMaking && (
        <NewTopic
          onDismiss={() => setIsMaking(false)}
          onMade={(arn) => {
            setIsMaking(false);
            const told = (field: Told) => [...new Set([...draft[field], arn])];
            onChange({ ...draft, onAlarm: told("onAlarm"), onOk: told("onOk") });
          }}
        />
      )}
    </Container>
  );
}

function withTopics(draft: AlarmDraft, field: Told, arns: string[]): AlarmDraft {
  return { ...draft, [field]: arns };
}

function valuesOf(options: readonly { value?: string }[]): string[] {
  return options.flatMap(({ value }) => value ?? []);
}
