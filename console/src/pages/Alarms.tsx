/** Alarms: all of them, one of them, or the form that makes one. Which, the address says. */

import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { Empty } from "../parts/ListTable";
import { Page } from "../parts/Page";
import { RefusalAlert } from "../parts/RefusalAlert";
import { paths } from "../paths";
import { useAlarms } from "../questions/useAlarms";
import { draftOf } from "../reckoning/alarmDraft";
import { AlarmDetails } from "./alarms/AlarmDetails";
import { AlarmForm } from "./alarms/AlarmForm";
import { AlarmList } from "./alarms/AlarmList";
import { NewAlarm } from "./alarms/NewAlarm";

const ABOVE = [{ text: "Alarms", path: paths.alarms() }];

export default function Alarms() {
  const [asked] = useSearchParams();
  const edited = asked.get("edit");
  const shown = asked.get("alarm");
  if (asked.has("create")) {
    return (
      <Page title="Create alarm" above={ABOVE} contentType="form">
        <NewAlarm cacheId={asked.get("cache")} metricName={asked.get("metric")} />
      </Page>
    );
  }
  if (edited !== null) return <Edited key={edited} name={edited} />;
  if (shown !== null) return <Shown key={shown} name={shown} />;
  return (
    <Page title="Alarms" contentType="table">
      <AlarmList />
    </Page>
  );
}

function Shown({ name }: { name: string }) {
  const answered = useAlarms();
  const alarm = answered.answer?.find(({ AlarmName }) => AlarmName === name);
  return (
    <Page title={name} above={ABOVE}>
      {alarm !== undefined ? (
        <SpaceBetween size="m">
          <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
          <AlarmDetails alarm={alarm} />
        </SpaceBetween>
      ) : (
        <NotShown title={name} answered={answered}>
          <GoToList sentence={`There is no alarm called ${name} in this region. It may have been deleted.`} />
        </NotShown>
      )}
    </Page>
  );
}

function Edited({ name }: { name: string }) {
  const answered = useAlarms();
  const alarm = answered.answer?.find(({ AlarmName }) => AlarmName === name);
  const draft = alarm === undefined ? undefined : draftOf(alarm);
  const title = `Edit ${name}`;
  return (
    <Page title={title} above={ABOVE} contentType="form">
      {draft !== undefined ? (
        <AlarmForm title={title} first={draft} isNew={false} />
      ) : (
        <NotShown title={title} answered={answered}>
          <GoToList
            sentence={
              alarm === undefined
                ? `There is no alarm called ${name} in this region. It may have been deleted.`
                : "This alarm watches metric math, which this form has no fields for. Change it with aws cloudwatch put-metric-alarm."
            }
          />
        </NotShown>
      )}
    </Page>
  );
}

interface NotShownProps {
  title: string;
  answered: ReturnType<typeof useAlarms>;
  children: ReactNode;
}

/** While it is asked for, where that failed, and where there is none. */
function NotShown({ title, answered, children }: NotShownProps) {
  return (
    <SpaceBetween size="m">
      <Header variant="h1">{title}</Header>
      <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
      {answered.isWaiting && <Spinner size="large" />}
      {answered.answer !== undefined && children}
    </SpaceBetween>
  );
}

function GoToList({ sentence }: { sentence: string }) {
  const navigate = useNavigate();
  return <Empty sentence={sentence} act={<Button onClick={() => navigate(paths.alarms())}>All alarms</Button>} />;
}
