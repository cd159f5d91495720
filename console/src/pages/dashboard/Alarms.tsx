/** Alarms by state, and by name those that are in ALARM. */

import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { useAlarms } from "../../questions/useAlarms";
import { counted } from "../../words/numbers";
import { alarmPath } from "../alarms/addresses";
import { PanelRefusal } from "./PanelRefusal";

const LISTED_MAX = 5;

export function Alarms() {
  const { answer, refusal, isWaiting, askAgain } = useAlarms();
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" counter={answer && `(${answer.length})`}>
          <TextLink to={paths.alarms()} fontSize="inherit">
            Alarms
          </TextLink>
        </Header>
      }
    >
      <PanelRefusal refusal={refusal} hasAnswer={answer !== undefined} onRetry={askAgain} />
      {isWaiting && <Spinner />}
      {answer?.length === 0 && (
        <Box color="text-body-secondary">
          There is none yet. An alarm tells you when a cache is full, slow or behind:{" "}
          <TextLink to={paths.alarms()}>set one</TextLink>.
        </Box>
      )}
      {answer !== undefined && answer.length > 0 && <States alarms={answer} />}
    </Container>
  );
}

function States({ alarms }: { alarms: readonly MetricAlarm[] }) {
  const inState = (state: string) => alarms.filter((alarm) => alarm.StateValue === state);
  const ringing = inState("ALARM");
  const others = ringing.length - LISTED_MAX;
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={3}
        minColumnWidth={100}
        items={[
          { label: "In alarm", value: <Count type="error" count={ringing.length} /> },
          { label: "OK", value: <Count type="success" count={inState("OK").length} /> },
          { label: "Too little data", value: <Count type="stopped" count={inState("INSUFFICIENT_DATA").length} /> },
        ]}
      />
      {ringing.slice(0, LISTED_MAX).map((alarm) => (
        <div key={alarm.AlarmName}>
          <StatusIndicator type="error">
            <TextLink to={alarmPath(alarm.AlarmName ?? "")}>{alarm.AlarmName}</TextLink>
          </StatusIndicator>
          <Box color="text-body-secondary">{alarm.StateReason}</Box>
        </div>
      ))}
      {others > 0 && <TextLink to={paths.alarms()}>{counted(others, "more is", "more are")} in alarm</TextLink>}
    </SpaceBetween>
  );
}

function Count({ type, count }: { type: "error" | "success" | "stopped"; count: number }) {
  return count === 0 ? <>0</> : <StatusIndicator type={type}>{count.toLocaleString("en")}</StatusIndicator>;
}
