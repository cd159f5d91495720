/** Who is told when an alarm comes into a state: its topics, and who is subscribed to them. */

import type { MetricAlarm, StateValue } from "@aws-sdk/client-cloudwatch";
import type { Subscription } from "@aws-sdk/client-sns";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useSubscriptions } from "../../questions/useSubscriptions";
import { actionsOn } from "./TryState";
import { topicName } from "./topics";

const STATES: readonly { state: StateValue; label: string }[] = [
  { state: "ALARM", label: "When it goes off" },
  { state: "OK", label: "When it is good again" },
  { state: "INSUFFICIENT_DATA", label: "When there is not enough data" },
];

export function AlarmTold({ alarm }: { alarm: MetricAlarm }) {
  return (
    <Container header={<Header variant="h2">Who is told</Header>}>
      <SpaceBetween size="m">
        {alarm.ActionsEnabled === false && (
          <Alert type="warning">The actions are disabled: nobody is told until they are enabled.</Alert>
        )}
        <KeyValuePairs
          columns={3}
          minColumnWidth={200}
          items={STATES.map(({ state, label }) => ({ label, value: <Topics arns={actionsOn(alarm, state)} /> }))}
        />
      </SpaceBetween>
    </Container>
  );
}

function Topics({ arns }: { arns: readonly string[] }) {
  if (arns.length === 0) return <>Nobody</>;
  return (
    <SpaceBetween size="xs">
      {arns.map((arn) => (
        <Topic key={arn} arn={arn} />
      ))}
    </SpaceBetween>
  );
}

function Topic({ arn }: { arn: string }) {
  const { answer, refusal } = useSubscriptions(arn);
  return (
    <div>
      <Box variant="strong">{topicName(arn)}</Box>
      {refusal?.kind === "not-found" && (
        <StatusIndicator type="error">
          There is no such topic, so nobody is told. Create it, or edit the alarm.
        </StatusIndicator>
      )}
      {refusal !== undefined && refusal.kind !== "not-found" && (
        <StatusIndicator type="warning">{refusal.sentence}</StatusIndicator>
      )}
      {answer?.length === 0 && (
        <StatusIndicator type="warning">Nobody is subscribed to it: aws sns subscribe adds somebody.</StatusIndicator>
      )}
      {answer?.map((subscription) => (
        <div key={`${subscription.Protocol} ${subscription.Endpoint}`}>
          <Box variant="small">{subscriberWords(subscription)}</Box>
        </div>
      ))}
    </div>
  );
}

function subscriberWords({ Protocol, Endpoint, SubscriptionArn }: Subscription): string {
  const isPending = SubscriptionArn === "PendingConfirmation";
  const where = Protocol === "log" ? "the control plane's log" : Protocol === "file" ? `file ${Endpoint}` : Endpoint;
  return isPending ? `${where}, which has not confirmed yet` : `${where}`;
}
