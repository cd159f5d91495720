/** When an alarm goes off: the threshold, how many periods, and what it means that nothing is measured. */

import type { ComparisonOperator } from "@aws-sdk/client-cloudwatch";
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { inputOf, problemsOf, thresholdUnits } from "../../reckoning/alarmDraft";
import { alarmSentence, COMPARISONS, MISSING_DATA } from "../../reckoning/alarmWords";
import { AlarmChart } from "./AlarmChart";
import type { Part } from "./AlarmForm";

export function RuleFields(part: Part) {
  const { draft } = part;
  const problems = problemsOf(draft);
  const isUnderstood = problems.evaluationPeriods === undefined && problems.datapointsToAlarm === undefined;
  const hasThreshold = problems.threshold === undefined;
  const hasSubject = problems.dimensions === undefined;
  return (
    <Container header={<Header variant="h2">When it goes off</Header>}>
      <SpaceBetween size="l">
        <ColumnLayout columns={2} minColumnWidth={240}>
          <ComparisonField {...part} />
          <ThresholdField {...part} />
          {thresholdUnits(draft.metric.unit).length > 1 && <UnitField {...part} />}
          <CountField {...part} />
          <NeededField {...part} />
          <MissingDataField {...part} />
        </ColumnLayout>
        <div aria-live="polite">
          <Box variant="awsui-key-label">In words</Box>
          <Box>
            {hasThreshold && isUnderstood && hasSubject
              ? alarmSentence(inputOf(draft))
              : "Choose whose metric it is, and type a threshold: then what the alarm does stands here."}
          </Box>
        </div>
        {hasSubject && (
          <SpaceBetween size="s">
            <Box variant="awsui-key-label">What was measured, and the threshold</Box>
            <AlarmChart
              metric={draft.metric}
              dimensions={draft.dimensions}
              statistic={draft.statistic}
              periodSeconds={draft.periodSeconds}
              threshold={hasThreshold ? inputOf(draft).Threshold : undefined}
            />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

function ComparisonField({ draft, onChange }: Part) {
  const options = COMPARISONS.map(({ value, words, sign }) => ({ value, label: `is ${words} (${sign})` }));
  return (
    <FormField label="When the value">
      <Select
        selectedOption={options.find(({ value }) => value === draft.comparison) ?? null}
        options={options}
        expandToViewport
        onChange={({ detail }) => onChange({ ...draft, comparison: detail.selectedOption.value as ComparisonOperator })}
      />
    </FormField>
  );
}

function ThresholdField({ draft, problems, onChange }: Part) {
  const units = thresholdUnits(draft.metric.unit);
  const unit = units.find(({ factor }) => factor === draft.factor) ?? units[0];
  return (
    <FormField
      label={units.length === 1 && unit?.label !== "" ? `Threshold, in ${unit?.label}` : "Threshold"}
      errorText={problems.threshold}
    >
      <Input
        value={draft.threshold}
        inputMode="decimal"
        onChange={({ detail }) => onChange({ ...draft, threshold: detail.value })}
      />
    </FormField>
  );
}

function UnitField({ draft, onChange }: Part) {
  const options = thresholdUnits(draft.metric.unit).map(({ label, factor }) => ({ value: String(factor), label }));
  return (
    <FormField label="Unit of the threshold">
      <Select
        selectedOption={options.find(({ value }) => value === String(draft.factor)) ?? null}
        options={options}
        expandToViewport
        onChange={({ detail }) => onChange({ ...draft, factor: Number(detail.selectedOption.value) })}
      />
    </FormField>
  );
}

function CountField({ draft, problems, onChange }: Part) {
  return (
    <FormField label="Periods that are looked at" errorText={problems.evaluationPeriods}>
      <Input
        value={draft.evaluationPeriods}
        inputMode="numeric"
        onChange={({ detail }) => onChange({ ...draft, evaluationPeriods: detail.value })}
      />
    </FormField>
  );
}

function NeededField({ draft, problems, onChange }: Part) {
  return (
    <FormField label="Of these, as many must be bad" errorText={problems.datapointsToAlarm}>
      <Input
        value={draft.datapointsToAlarm}
        inputMode="numeric"
        onChange={({ detail }) => onChange({ ...draft, datapointsToAlarm: detail.value })}
      />
    </FormField>
  );
}

function MissingDataField({ draft, onChange }: Part) {
  const options = MISSING_DATA.map(({ value, label, sentence }) => ({ value, label, description: sentence }));
  return (
    <FormField label="That nothing is measured means">
      <Select
        selectedOption={options.find(({ value }) => value === draft.missingData) ?? null}
        options={options}
        expandToViewport
        onChange={({ detail }) => onChange({ ...draft, missingData: detail.selectedOption.value ?? "missing" })}
      />
    </FormField>
  );
}
