/** When a cache is worked on, who is told, and what will not be: snapshots. */

import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import Toggle from "@cloudscape-design/components/toggle";
import { isMemcached } from "../../caches";
import { useTopics } from "../../questions/useTopics";
import { DAY_NAMES, DAYS, type Day } from "../../reckoning/windows";
import { counted } from "../../words/numbers";
import { Choice, Field, Suggested } from "./fields";
import type { Wizard } from "./useNewCache";

export function Upkeep({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem } = wizard;
  const topics = useTopics();
  const ofMemcached = isMemcached(cache);
  return (
    <Container header={<Header variant="h2">{ofMemcached ? "Maintenance" : "Maintenance and snapshots"}</Header>}>
      <SpaceBetween size="m">
        <FormField label="Maintenance window" description="When what waits for it is done, once a week.">
          <RadioGroup
            value={cache.hasWindow ? "own" : "none"}
            onChange={({ detail }) => change({ hasWindow: detail.value === "own" })}
            items={[
              { value: "none", label: "No preference", description: "An hour in the region's quiet hours." },
              { value: "own", label: "Say when" },
            ]}
          />
        </FormField>
        {cache.hasWindow && <Window wizard={wizard} />}
        {!ofMemcached && <UpgradesAndSnapshots wizard={wizard} />}
        <Suggested
          label="Topic for notifications"
          description="An SNS topic that is told of the cache's events. Left empty, nobody is told."
          value={cache.topicArn}
          suggestions={(topics.answer ?? []).map(({ TopicArn = "" }) => TopicArn)}
          onChange={(topicArn) => change({ topicArn })}
          answered={topics}
          placeholder="arn:aws:sns:…"
          error={problem("topicArn")}
        />
      </SpaceBetween>
    </Container>
  );
}

/** Memcached has neither. */
function UpgradesAndSnapshots({ wizard: { cache, change } }: { wizard: Wizard }) {
  return (
    <SpaceBetween size="m">
      <FormField label="Auto minor version upgrade">
        <Toggle
          checked={cache.upgradesMinorVersions}
          onChange={({ detail }) => change({ upgradesMinorVersions: detail.checked })}
        >
          Patches that are due are applied in the maintenance window
        </Toggle>
      </FormField>
      <FormField label="Snapshots">
        <Checkbox
          checked={false}
          disabled
          description="Not in this version of Elastane, and no backup window with them."
        >
          Take a snapshot every day
        </Checkbox>
      </FormField>
    </SpaceBetween>
  );
}

function Window({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem } = wizard;
  const set = (patch: Partial<typeof cache.window>) => change({ window: { ...cache.window, ...patch } });
  return (
    <ColumnLayout columns={3} minColumnWidth={170}>
      <Choice
        label="Day"
        value={cache.window.day}
        options={DAYS.map((day) => ({ value: day, label: DAY_NAMES[day] }))}
        onChange={(day) => set({ day: day as Day })}
      />
      <Field label="From (UTC)" error={problem("window")}>
        <TimeInput
          format="hh:mm"
          placeholder="hh:mm"
          value={cache.window.time}
          onChange={({ detail }) => set({ time: detail.value })}
        />
      </Field>
      <Choice
        label="Duration"
        value={String(cache.window.durationMinutes)}
        options={DURATIONS}
        onChange={(minutes) => set({ durationMinutes: Number(minutes) })}
      />
    </ColumnLayout>
  );
}

const DURATIONS = Array.from({ length: 24 }, (_, index) => ({
  value: String((index + 1) * 60),
  label: counted(index + 1, "hour"),
}));
