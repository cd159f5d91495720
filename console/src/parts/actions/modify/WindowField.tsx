/** The weekly hours in which maintenance may happen, and the daily ones of snapshots: times and lengths, all in UTC. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import TimeInput from "@cloudscape-design/components/time-input";
import { useState } from "react";
import {
  DAY_NAMES,
  DAYS,
  type Day,
  type MaintenanceWindow,
  parseMaintenanceWindow,
  parseSnapshotWindow,
  refusalOfWindow,
  renderMaintenanceWindow,
  renderSnapshotWindow,
  type SnapshotWindow,
  windowInWords,
} from "../../../reckoning/windows";
import { counted } from "../../../words/numbers";

/** In the place of an empty text: where somebody left a time half typed and came back, it is not filled in for them. */
const INCOMPLETE: MaintenanceWindow = { day: "sun", time: "", durationMinutes: 60 };
const LENGTHS = [60, 90, 120, 180, 240, 360, 480, 720, 1440] as const;

/** `onChange` gets the empty text while what is typed is no window. */
export function WindowField({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(() => parseMaintenanceWindow(text) ?? INCOMPLETE);
  const refusal = refusalOfWindow(typed);
  const change = (some: Partial<MaintenanceWindow>) => {
    const changed = { ...typed, ...some };
    setTyped(changed);
    onChange(refusalOfWindow(changed) === undefined ? renderMaintenanceWindow(changed) : "");
  };
  return (
    <FormField
      label="Maintenance window"
      errorText={refusal}
      constraintText={refusal === undefined ? `${windowInWords(typed)}.` : undefined}
      stretch
    >
      <ColumnLayout columns={3} minColumnWidth={120}>
        <FormField label="Day">
          <Select
            selectedOption={{ value: typed.day, label: DAY_NAMES[typed.day] }}
            options={DAYS.map((day) => ({ value: day, label: DAY_NAMES[day] }))}
            onChange={({ detail }) => change({ day: detail.selectedOption.value as Day })}
          />
        </FormField>
        <BeginField window={typed} onChange={change} />
        <LengthField window={typed} onChange={change} />
      </ColumnLayout>
    </FormField>
  );
}

interface SnapshotProps {
  text: string;
  onChange: (text: string) => void;
}

export function SnapshotWindowField({ text, onChange }: SnapshotProps) {
  const [typed, setTyped] = useState(() => parseSnapshotWindow(text) ?? INCOMPLETE);
  const change = (some: Partial<SnapshotWindow>) => {
    const changed = { ...typed, ...some };
    setTyped(changed);
    onChange(refusalOfWindow(changed) === undefined ? renderSnapshotWindow(changed) : "");
  };
  return (
    <FormField
      label="Snapshot window"
      description="Every day. This version takes no snapshots; the window is kept, and must not overlap the maintenance."
      errorText={refusalOfWindow(typed)}
      stretch
    >
      <ColumnLayout columns={2} minColumnWidth={120}>
        <BeginField window={typed} onChange={change} />
        <LengthField window={typed} onChange={change} />
      </ColumnLayout>
    </FormField>
  );
}

interface TimeProps {
  window: SnapshotWindow;
  onChange: (some: Partial<SnapshotWindow>) => void;
}

function BeginField({ window: { time }, onChange }: TimeProps) {
  return (
    <FormField label="Begins at (UTC)">
      <TimeInput
        value={time}
        format="hh:mm"
        placeholder="hh:mm"
        onChange={({ detail }) => onChange({ time: detail.value })}
      />
    </FormField>
  );
}

function LengthField({ window: { durationMinutes }, onChange }: TimeProps) {
  const lengths = [...new Set([...LENGTHS, durationMinutes])].sort((one, other) => one - other);
  return (
    <FormField label="For">
      <Select
        selectedOption={lengthOption(durationMinutes)}
        options={lengths.map(lengthOption)}
        onChange={({ detail }) => onChange({ durationMinutes: Number(detail.selectedOption.value) })}
      />
    </FormField>
  );
}

function lengthOption(minutes: number): { value: string; label: string } {
  const isWhole = minutes % 60 === 0;
  return { value: String(minutes), label: isWhole ? counted(minutes / 60, "hour") : `${minutes} minutes` };
}
