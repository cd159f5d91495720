/** Where a cache's logs are delivered. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useLogGroups } from "../../questions/useLogGroups";
import type { NewLog } from "../../reckoning/newCache";
import { Choice, Field, Suggested, TextField } from "./fields";
import type { Wizard } from "./useNewCache";

export function Logs({ wizard }: { wizard: Wizard }) {
  return (
    <Container header={<Header variant="h2">Logs</Header>}>
      <SpaceBetween size="l">
        <Log wizard={wizard} field="slowLog" title="Slow log" about="Deliver commands that took long" />
        <Log wizard={wizard} field="engineLog" title="Engine log" about="Deliver what the engine writes" />
      </SpaceBetween>
    </Container>
  );
}

interface LogProps {
  wizard: Wizard;
  field: "slowLog" | "engineLog";
  title: string;
  about: string;
}

function Log({ wizard, field, title, about }: LogProps) {
  const log = wizard.cache[field];
  const set = (patch: Partial<NewLog>) => wizard.change({ [field]: { ...log, ...patch } });
  return (
    <SpaceBetween size="s">
      <Field label={title}>
        <Toggle checked={log.isDelivered} onChange={({ detail }) => set({ isDelivered: detail.checked })}>
          {about}
        </Toggle>
      </Field>
      {log.isDelivered && (
        <ColumnLayout columns={3} minColumnWidth={200}>
          <Choice
            label={`${title}: destination`}
            value={log.destination}
            options={DESTINATIONS}
            onChange={(destination) => set({ destination: destination as NewLog["destination"] })}
          />
          {log.destination === "cloudwatch-logs" ? (
            <LogGroup wizard={wizard} field={field} title={title} set={set} />
          ) : (
            <TextField
              label={`${title}: file`}
              description="In the data directory's log-deliveries, with .log behind it. The name stdout is the control plane's own output."
              value={log.name}
              onChange={(name) => set({ name })}
              error={wizard.problem(field)}
            />
          )}
          <Choice
            label={`${title}: format`}
            value={log.format}
            options={FORMATS}
            onChange={(format) => set({ format: format as NewLog["format"] })}
          />
        </ColumnLayout>
      )}
    </SpaceBetween>
  );
}

type LogGroupProps = Omit<LogProps, "about"> & { set: (patch: Partial<NewLog>) => void };

function LogGroup({ wizard, field, title, set }: LogGroupProps) {
  const answered = useLogGroups();
  const { name } = wizard.cache[field];
  const names = (answered.answer ?? []).map(({ logGroupName = "" }) => logGroupName);
  const isMissing = name !== "" && answered.answer !== undefined && !names.includes(name);
  return (
    <Suggested
      label={`${title}: log group`}
      value={name}
      suggestions={names}
      onChange={(chosen) => set({ name: chosen })}
      answered={answered}
      placeholder="/caches/…"
      error={wizard.problem(field)}
      warning={isMissing ? "It is not there yet. Until it is made, the delivery waits." : undefined}
    />
  );
}

const DESTINATIONS = [
  { value: "cloudwatch-logs", label: "A log group" },
  { value: "kinesis-firehose", label: "A file", description: "Stands for a delivery stream" },
];

const FORMATS = [
  { value: "json", label: "JSON" },
  { value: "text", label: "Text" },
];
