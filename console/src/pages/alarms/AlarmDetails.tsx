/** One alarm: how it is, what it watches, who is told, and what became of it. */

import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { useSwitchAlarmActions } from "../../changes/useSwitchAlarmActions";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { StatusWord } from "../../parts/StatusWord";
import { paths } from "../../paths";
import { alarmSentence, statisticOf, watchedMetric, watchedWords } from "../../reckoning/alarmWords";
import { moment } from "../../words/times";
import { AlarmChart } from "./AlarmChart";
import { AlarmHistory } from "./AlarmHistory";
import { AlarmTold } from "./AlarmTold";
import { editAlarmPath } from "./addresses";
import { DeleteAlarms } from "./DeleteAlarms";
import { TryState } from "./TryState";

export function AlarmDetails({ alarm }: { alarm: MetricAlarm }) {
  const navigate = useNavigate();
  const switching = useSwitchAlarmActions();
  const [dialog, setDialog] = useState<"delete" | "try">();
  const name = alarm.AlarmName ?? "";
  const isEnabled = alarm.ActionsEnabled !== false;
  const isMath = alarm.MetricName === undefined;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={alarm.AlarmDescription}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setDialog("try")}>Try a state</Button>
            <Button
              loading={switching.isPending}
              onClick={() => switching.change({ names: [name], isEnabled: !isEnabled })}
            >
              {isEnabled ? "Disable actions" : "Enable actions"}
            </Button>
            <Button
              disabled={isMath}
              disabledReason="It watches metric math: change it with aws cloudwatch put-metric-alarm"
              onClick={() => navigate(editAlarmPath(name))}
            >
              Edit
            </Button>
            <Button onClick={() => setDialog("delete")}>Delete</Button>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <RefusalAlert refusal={switching.refusal} />
      <State alarm={alarm} />
      <Watched alarm={alarm} />
      <AlarmTold alarm={alarm} />
      <AlarmHistory name={name} />
      {dialog === "try" && <TryState alarm={alarm} onDismiss={() => setDialog(undefined)} />}
      {dialog === "delete" && (
        <DeleteAlarms
          names={[name]}
          onDismiss={() => setDialog(undefined)}
          onDeleted={() => navigate(paths.alarms())}
        />
      )}
    </SpaceBetween>
  );
}

function State({ alarm }: { alarm: MetricAlarm }) {
  const at = (moments: Date | undefined) => (moments === undefined ? "-" : moment(moments));
  return (
    <Container header={<Header variant="h2">State</Header>}>
      <SpaceBetween size="m">
        <Box>{alarmSentence(alarm)}</Box>
        <KeyValuePairs
          columns={4}
          minColumnWidth={180}
          items={[
            { label: "State", value: <StatusWord status={alarm.StateValue} /> },
            { label: "Since", value: at(alarm.StateTransitionedTimestamp) },
            { label: "Why", value: alarm.StateReason || "-" },
            { label: "Changed", value: at(alarm.AlarmConfigurationUpdatedTimestamp) },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

function Watched({ alarm }: { alarm: MetricAlarm }) {
  const metric = watchedMetric(alarm);
  return (
    <Container
      header={
        <Header variant="h2" description={metric?.sentence}>
          {watchedWords(alarm)}
        </Header>
      }
    >
      {metric === undefined ? (
        <Box color="text-body-secondary">
          It watches metric math, which is not drawn here. Its lines: {(alarm.Metrics ?? []).map(lineWords).join("; ")}.
        </Box>
      ) : (
        <AlarmChart
          metric={metric}
          dimensions={alarm.Dimensions ?? []}
          statistic={statisticOf(alarm)}
          periodSeconds={alarm.Period ?? 60}
          threshold={alarm.Threshold}
        />
      )}
    </Container>
  );
}

function lineWords({ Id, Expression, MetricStat }: NonNullable<MetricAlarm["Metrics"]>[number]): string {
  return `${Id} = ${Expression ?? `${MetricStat?.Stat} of ${MetricStat?.Metric?.MetricName}`}`;
}
