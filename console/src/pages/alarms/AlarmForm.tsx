/** Writes an alarm: what is watched, when it goes off, who is told. What it will do stands in a sentence beside it. */

import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { usePutAlarm } from "../../changes/usePutAlarm";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { paths } from "../../paths";
import { useAlarms } from "../../questions/useAlarms";
import { type AlarmDraft, type Field, inputOf, problemsOf } from "../../reckoning/alarmDraft";
import { ActionsFields } from "./ActionsFields";
import { alarmPath } from "./addresses";
import { NameFields } from "./NameFields";
import { RuleFields } from "./RuleFields";
import { WatchedFields } from "./WatchedFields";

/** What each part of the form is given. */
export interface Part {
  draft: AlarmDraft;
  /** Said once somebody wanted to save. */
  problems: Partial<Record<Field, string>>;
  onChange: (draft: AlarmDraft) => void;
}

export function AlarmForm({ title, first, isNew }: { title: string; first: AlarmDraft; isNew: boolean }) {
  const navigate = useNavigate();
  const alarms = useAlarms();
  const { change, isPending, refusal } = usePutAlarm();
  const [draft, setDraft] = useState(first);
  const [isTried, setIsTried] = useState(false);
  const problems = problemsOf(draft);
  const isTaken = isNew && alarms.answer?.some(({ AlarmName }) => AlarmName === draft.name);
  if (isTaken) problems.name = "There is an alarm of this name, and it would be replaced. Choose another name.";
  const hasProblems = Object.keys(problems).length > 0;
  const submit = async () => {
    setIsTried(true);
    if (hasProblems || isPending) return;
    if ((await change(inputOf(draft))) !== undefined) navigate(alarmPath(draft.name));
  };
  const part: Part = { draft, problems: isTried ? problems : {}, onChange: setDraft };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Form
        header={<Header variant="h1">{title}</Header>}
        errorText={isTried && hasProblems ? "Something is missing or wrong: look for what is marked red." : undefined}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              formAction="none"
              variant="link"
              onClick={() => navigate(isNew ? paths.alarms() : alarmPath(draft.name))}
            >
              Cancel
            </Button>
            <Button variant="primary" loading={isPending}>
              {isNew ? "Create alarm" : "Save"}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <WatchedFields {...part} />
          <RuleFields {...part} />
          <ActionsFields {...part} />
          <NameFields {...part} isNew={isNew} />
          <RefusalAlert refusal={refusal} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
