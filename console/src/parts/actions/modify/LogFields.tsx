/** Where the slow log and the engine log are delivered to. */

import Autosuggest from "@cloudscape-design/components/autosuggest";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useLogGroups } from "../../../questions/useLogGroups";
import type { LogType } from "../../../reckoning/logLines";
import { LOG_TITLES, LOG_TYPES, type LogDelivery } from "../../../reckoning/modification";
import type { FieldsProps } from "../ModifyDialog";

export function LogFields({ wanted, change }: FieldsProps) {
  const { answer } = useLogGroups();
  const groups = (answer ?? []).map((group) => group.logGroupName ?? "");
  return (
    <SpaceBetween size="l">
      {LOG_TYPES.map((type) => (
        <LogOf
          key={type}
          type={type}
          delivery={wanted.logs[type]}
          groups={groups}
          onChange={(some) => change({ logs: { ...wanted.logs, [type]: { ...wanted.logs[type], ...some } } })}
        />
      ))}
    </SpaceBetween>
  );
}

const DESTINATIONS = [
  {
    value: "cloudwatch-logs",
    label: "Log group",
    description: "of CloudWatch Logs; it must be there, or the delivery waits",
  },
  { value: "kinesis-firehose", label: "Stream", description: "of Firehose; here a file of that name" },
] as const;
const FORMATS = [
  { value: "json", label: "JSON" },
  { value: "text", label: "Text" },
] as const;

interface Props {
  type: LogType;
  delivery: LogDelivery;
  groups: readonly string[];
  onChange: (some: Partial<LogDelivery>) => void;
}

function LogOf({ type, delivery, groups, onChange }: Props) {
  const title = LOG_TITLES[type];
  return (
    <SpaceBetween size="s">
      <Toggle checked={delivery.isOn} onChange={({ detail }) => onChange({ isOn: detail.checked })}>
        Deliver the {title.toLowerCase()}
      </Toggle>
      {delivery.isOn && (
        <ColumnLayout columns={3} minColumnWidth={160}>
          <FormField label={`${title}: to`}>
            <Select
              selectedOption={DESTINATIONS.find((one) => one.value === delivery.destinationType) ?? DESTINATIONS[0]}
              options={DESTINATIONS}
              onChange={({ detail }) =>
                onChange({ destinationType: detail.selectedOption.value as LogDelivery["destinationType"] })
              }
            />
          </FormField>
          <FormField label={`${title}: name`} errorText={delivery.destination === "" ? "It needs a name." : undefined}>
            {delivery.destinationType === "cloudwatch-logs" ? (
              <Autosuggest
                value={delivery.destination}
                onChange={({ detail }) => onChange({ destination: detail.value.trim() })}
                options={groups.map((value) => ({ value }))}
                enteredTextLabel={(value) => `Use ${value}`}
                placeholder="/elasticache/…"
                ariaLabel={`${title}: name of the log group`}
              />
            ) : (
              <Input
                value={delivery.destination}
                onChange={({ detail }) => onChange({ destination: detail.value.trim() })}
              />
            )}
          </FormField>
          <FormField label={`${title}: as`}>
            <Select
              selectedOption={FORMATS.find((one) => one.value === delivery.format) ?? FORMATS[0]}
              options={FORMATS}
              onChange={({ detail }) => onChange({ format: detail.selectedOption.value as LogDelivery["format"] })}
            />
          </FormField>
        </ColumnLayout>
      )}
    </SpaceBetween>
  );
}
