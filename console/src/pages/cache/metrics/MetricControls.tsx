/** What of a cache's metrics is looked at: how long back, in which pieces, which statistic, which nodes. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import DateRangePicker, { type DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached, nodesOf, type Subject } from "../../../caches";
import { STATISTICS, statisticWord } from "../../../reckoning/metricCatalog";
import { chosenIds, LINES_MAX, shardIdsOf, type View } from "../../../reckoning/metricQueries";
import { periodsFor, periodWords, type Range, rangeProblem } from "../../../reckoning/metricRanges";
import { span } from "../../../words/times";

export interface MetricChoice {
  view: View;
  /** Absent until somebody chooses: all there are, also those that come later, up to as many as there are colours. */
  nodeIds?: readonly string[];
  shardIds?: readonly string[];
  range: Range;
  /** Absent: the usual one of the range. */
  periodSeconds?: number;
  /** Absent: the one that says most of each metric. */
  statistic?: string;
}

export const FIRST_CHOICE: MetricChoice = { view: "nodes", range: { type: "relative", seconds: 3600 } };

interface Props {
  subject: Subject;
  choice: MetricChoice;
  periodSeconds: number;
  onChange: (choice: MetricChoice) => void;
}

export function MetricControls(props: Props) {
  const { subject, choice, onChange } = props;
  const nodeIds = nodesOf(subject.cache).map(({ name }) => name);
  const views = viewsOf(subject);
  return (
    <SpaceBetween size="s">
      <ColumnLayout columns={views.length > 1 ? 4 : 3} minColumnWidth={200}>
        <RangeField {...props} />
        <PeriodField {...props} />
        <StatisticField {...props} />
        {views.length > 1 && <ViewField {...props} views={views} />}
      </ColumnLayout>
      {choice.view === "nodes" && nodeIds.length > 1 && (
        <ChosenField
          label="Nodes"
          all={nodeIds}
          chosen={chosenIds(choice.nodeIds, nodeIds)}
          onChange={(chosen) => onChange({ ...choice, nodeIds: chosen })}
        />
      )}
      {choice.view === "shard" && (
        <ChosenField
          label="Shards"
          all={shardIdsOf(subject)}
          chosen={chosenIds(choice.shardIds, shardIdsOf(subject))}
          onChange={(chosen) => onChange({ ...choice, shardIds: chosen })}
        />
      )}
    </SpaceBetween>
  );
}

interface ChosenFieldProps {
  label: string;
  all: readonly string[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

function ChosenField({ label, all, chosen, onChange }: ChosenFieldProps) {
  return (
    <FormField
      label={label}
      constraintText={all.length > LINES_MAX ? `Up to ${LINES_MAX} of ${all.length} at a time.` : undefined}
      errorText={chosen.length === 0 ? "Choose one at least." : undefined}
    >
      <Multiselect
        selectedOptions={chosen.map((id) => ({ value: id, label: id }))}
        options={all.map((id) => ({
          value: id,
          label: id,
          disabled: chosen.length >= LINES_MAX && !chosen.includes(id),
        }))}
        filteringType={all.length > LINES_MAX ? "auto" : "none"}
        filteringAriaLabel={`Find ${label.toLowerCase()}`}
        placeholder={`Choose ${label.toLowerCase()}`}
        empty="There are none."
        tokenLimit={4}
        expandToViewport
        deselectAriaLabel={(option) => `Do not show ${option.label}`}
        onChange={({ detail }) =>
          onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []).slice(0, LINES_MAX))
        }
      />
    </FormField>
  );
}

const RANGES: readonly DateRangePickerProps.RelativeOption[] = [
  { key: "15-minutes", amount: 15, unit: "minute", type: "relative" },
  { key: "1-hour", amount: 1, unit: "hour", type: "relative" },
  { key: "3-hours", amount: 3, unit: "hour", type: "relative" },
  { key: "12-hours", amount: 12, unit: "hour", type: "relative" },
  { key: "1-day", amount: 1, unit: "day", type: "relative" },
  { key: "1-week", amount: 1, unit: "week", type: "relative" },
];
const SECONDS: Record<DateRangePickerProps.TimeUnit, number> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 7 * 86_400,
  month: 30 * 86_400,
  year: 365 * 86_400,
};

function RangeField({ choice, onChange }: Props) {
  return (
    <FormField label="Range">
      <DateRangePicker
        value={pickedOf(choice.range)}
        relativeOptions={RANGES}
        isValidRange={(picked) => {
          const problem = picked === null ? "Choose a range." : rangeProblem(rangeOf(picked), Date.now());
          return problem === undefined ? { valid: true } : { valid: false, errorMessage: problem };
        }}
        onChange={({ detail }) => detail.value !== null && onChange({ ...choice, range: rangeOf(detail.value) })}
        customRelativeRangeUnits={["minute", "hour", "day", "week"]}
        showClearButton={false}
        absoluteFormat="long-localized"
        expandToViewport
      />
    </FormField>
  );
}

function rangeOf(picked: DateRangePickerProps.Value): Range {
  if (picked.type === "relative") return { type: "relative", seconds: picked.amount * SECONDS[picked.unit] };
  return { type: "absolute", start: Date.parse(picked.startDate), end: Date.parse(picked.endDate) };
}

function pickedOf(range: Range): DateRangePickerProps.Value {
  if (range.type === "absolute") {
    const [startDate, endDate] = [range.start, range.end].map((at) => new Date(at).toISOString()) as [string, string];
    return { type: "absolute", startDate, endDate };
  }
  const offered = RANGES.find(({ amount, unit }) => amount * SECONDS[unit] === range.seconds);
  return offered ?? { type: "relative", amount: Math.round(range.seconds / 60), unit: "minute" };
}

const USUAL = "usual";

function PeriodField({ choice, periodSeconds, onChange }: Props) {
  const offered = periodsFor(choice.range, Date.now());
  const isChosen = choice.periodSeconds === periodSeconds;
  const usual = { value: USUAL, label: `By the range: ${periodWords(periodSeconds)}` };
  const options = offered.map((seconds) => ({ value: String(seconds), label: span(seconds) }));
  return (
    <FormField label="Period">
      <Select
        selectedOption={isChosen ? { value: String(periodSeconds), label: span(periodSeconds) } : usual}
        options={[{ value: USUAL, label: "By the range" }, ...options]}
        expandToViewport
        onChange={({ detail }) => {
          const { value } = detail.selectedOption;
          onChange({ ...choice, periodSeconds: value === USUAL ? undefined : Number(value) });
        }}
      />
    </FormField>
  );
}

function StatisticField({ choice, onChange }: Props) {
  const options = [
    { value: USUAL, label: "What says most of each" },
    ...STATISTICS.map((statistic) => ({ value: statistic, label: capital(statisticWord(statistic)) })),
  ];
  return (
    <FormField label="Statistic">
      <Select
        selectedOption={options.find(({ value }) => value === (choice.statistic ?? USUAL)) ?? null}
        options={options}
        expandToViewport
        onChange={({ detail }) => {
          const { value } = detail.selectedOption;
          onChange({ ...choice, statistic: value === USUAL ? undefined : value });
        }}
      />
    </FormField>
  );
}

const VIEWS: readonly { value: View; label: string }[] = [
  { value: "nodes", label: "Each node" },
  { value: "shard", label: "Each shard" },
  { value: "role", label: "Primaries and replicas" },
  { value: "group", label: "All nodes together" },
];

function viewsOf({ cache, group }: Subject): typeof VIEWS {
  if (isMemcached(cache)) return VIEWS.filter(({ value }) => value === "nodes" || value === "group");
  return group === undefined ? [] : VIEWS;
}

function ViewField({ choice, onChange, views }: Props & { views: typeof VIEWS }) {
  return (
    <FormField label="One line for">
      <Select
        selectedOption={VIEWS.find(({ value }) => value === choice.view) ?? null}
        options={views}
        expandToViewport
        onChange={({ detail }) => onChange({ ...choice, view: detail.selectedOption.value as View })}
      />
    </FormField>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
