/** All alarms, and what can be done with several of them. */

import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { useSwitchAlarmActions } from "../../changes/useSwitchAlarmActions";
import { ListTable } from "../../parts/ListTable";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useAlarms } from "../../questions/useAlarms";
import { createAlarmPath, editAlarmPath } from "./addresses";
import { alarmColumns } from "./alarmColumns";
import { DeleteAlarms } from "./DeleteAlarms";
import { TryState } from "./TryState";

export function AlarmList() {
  const answered = useAlarms();
  const navigate = useNavigate();
  const switching = useSwitchAlarmActions();
  const [selected, setSelected] = useState<MetricAlarm[]>([]);
  const [dialog, setDialog] = useState<"delete" | "try">();
  const alarms = answered.answer ?? [];
  const chosen = alarms.filter(({ AlarmName }) => selected.some((one) => one.AlarmName === AlarmName));
  const names = chosen.flatMap(({ AlarmName }) => AlarmName ?? []);
  const [only] = chosen.length === 1 ? chosen : [];
  const create = (
    <Button variant="primary" onClick={() => navigate(createAlarmPath())}>
      Create alarm
    </Button>
  );
  const act = (id: string) => {
    if (id === "edit" && only?.AlarmName !== undefined) navigate(editAlarmPath(only.AlarmName));
    else if (id === "delete" || id === "try") setDialog(id);
    else void switching.change({ names, isEnabled: id === "enable" });
  };
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description="Each watches a number, and tells its topics when it becomes too high or too low, and when it is good again."
      >
        Alarms
      </Header>
      <RefusalAlert refusal={switching.refusal} />
      <ListTable
        id="alarms"
        noun="alarm"
        title="Alarms"
        answered={answered}
        items={alarms}
        idOf={(alarm) => alarm.AlarmName ?? ""}
        columns={alarmColumns}
        filteredBy={["state", "name", "cache", "metric", "actions"]}
        selection={{ type: "multi", selected: chosen, onSelect: setSelected }}
        empty={{ sentence: "No alarm is set: nobody is told when a cache is in trouble.", act: create }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              disabled={chosen.length === 0}
              loading={switching.isPending}
              loadingText="The change is under way"
              onItemClick={({ detail }) => act(detail.id)}
              items={[
                { id: "edit", text: "Edit", ...oneOnly(only, only?.MetricName === undefined ? MATH : undefined) },
                { id: "try", text: "Try a state", ...oneOnly(only, undefined) },
                { id: "enable", text: "Enable actions" },
                { id: "disable", text: "Disable actions" },
                { id: "delete", text: "Delete" },
              ]}
            >
              Actions
            </ButtonDropdown>
            {create}
          </SpaceBetween>
        }
      />
      {dialog === "delete" && <DeleteAlarms names={names} onDismiss={() => setDialog(undefined)} />}
      {dialog === "try" && only !== undefined && <TryState alarm={only} onDismiss={() => setDialog(undefined)} />}
    </SpaceBetween>
  );
}

const MATH = "It watches metric math: change it with aws cloudwatch put-metric-alarm";

function oneOnly(only: MetricAlarm | undefined, reason: string | undefined) {
  if (only === undefined) return { disabled: true, disabledReason: "Choose one alarm alone" };
  return reason === undefined ? {} : { disabled: true, disabledReason: reason };
}
