/** What an alarm watches: which metric, of which node or nodes, by which statistic and period. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import { useAllCaches } from "../../questions/useAllCaches";
import { ALARM_PERIODS, withDimensions, withMetric } from "../../reckoning/alarmDraft";
import { alarmSubjects, dimensionsKey, engineWatched, subjectOf } from "../../reckoning/alarmSubjects";
import { knownMetric, STATISTICS, statisticWord, watchableMetrics } from "../../reckoning/metricCatalog";
import { span } from "../../words/times";
import type { Part } from "./AlarmForm";

export function WatchedFields(part: Part) {
  return (
    <Container header={<Header variant="h2">What is watched</Header>}>
      <ColumnLayout columns={2} minColumnWidth={240}>
        <MetricField {...part} />
        <SubjectField {...part} />
        <StatisticField {...part} />
        <PeriodField {...part} />
      </ColumnLayout>
    </Container>
  );
}

function MetricField({ draft, onChange }: Part) {
  const { metric } = draft;
  const engine = engineWatched(draft.dimensions, useAllCaches().answer ?? []);
  const options = watchableMetrics(engine).map(({ name, title, sentence }) => ({
    value: name,
    label: title,
    description: sentence,
    tags: [name],
  }));
  // An application's own metric is kept as it is.
  const shown = metric.namespace === undefined ? metric.name : "";
  return (
    <FormField label="Metric" constraintText={metric.namespace === undefined ? undefined : `Of ${metric.namespace}.`}>
      <Select
        selectedOption={options.find(({ value }) => value === shown) ?? { value: metric.name, label: metric.title }}
        options={options}
        filteringType="auto"
        filteringAriaLabel="Find a metric"
        expandToViewport
        onChange={({ detail }) => {
          const chosen = knownMetric(detail.selectedOption.value ?? "", engine);
          if (chosen !== undefined) onChange(withMetric(draft, chosen));
        }}
      />
    </FormField>
  );
}

function SubjectField({ draft, problems, onChange }: Part) {
  const caches = useAllCaches();
  const groups = alarmSubjects(caches.answer ?? [], draft.metric);
  const subjects = groups.flatMap((group) => group.subjects);
  const watched = subjectOf(draft.dimensions);
  const selected = subjects.find(({ key }) => key === watched.key) ?? watched;
  return (
    <FormField
      label="Node or nodes"
      errorText={problems.dimensions}
      constraintText="Nodes together where AWS has the metric so."
    >
      <Select
        selectedOption={draft.dimensions.length === 0 ? null : { value: selected.key, label: selected.label }}
        options={groups.map((group) => ({
          label: group.label,
          options: group.subjects.map(({ key, label }) => ({ value: key, label })),
        }))}
        placeholder="Choose a node"
        empty="There is no cache yet: create one first."
        statusType={caches.isWaiting ? "loading" : "finished"}
        loadingText="Asking for caches"
        filteringType="auto"
        filteringAriaLabel="Find a node"
        virtualScroll
        expandToViewport
        onChange={({ detail }) => {
          const chosen = subjects.find(({ key }) => key === detail.selectedOption.value);
          if (chosen !== undefined && chosen.key !== dimensionsKey(draft.dimensions)) {
            onChange(withDimensions(draft, chosen.dimensions));
          }
        }}
      />
    </FormField>
  );
}

function StatisticField({ draft, onChange }: Part) {
  const offered = STATISTICS.includes(draft.statistic) ? STATISTICS : [draft.statistic, ...STATISTICS];
  const options = offered.map((statistic) => ({ value: statistic, label: capital(statisticWord(statistic)) }));
  return (
    <FormField label="Statistic">
      <Select
        selectedOption={options.find(({ value }) => value === draft.statistic) ?? null}
        options={options}
        expandToViewport
        onChange={({ detail }) => onChange({ ...draft, statistic: detail.selectedOption.value ?? draft.statistic })}
      />
    </FormField>
  );
}

function PeriodField({ draft, onChange }: Part) {
  const finest = draft.metric.finestSeconds ?? 0;
  const fitting = ALARM_PERIODS.filter((seconds) => seconds >= finest);
  const offered = fitting.includes(draft.periodSeconds) ? fitting : [draft.periodSeconds, ...fitting];
  const options = offered.map((seconds) => ({
    value: String(seconds),
    label: seconds === 60 ? "1 min" : span(seconds),
  }));
  return (
    <FormField
      label="Period"
      constraintText={draft.periodSeconds < 60 ? "It is evaluated every ten seconds." : "It is evaluated every minute."}
    >
      <Select
        selectedOption={options.find(({ value }) => value === String(draft.periodSeconds)) ?? null}
        options={options}
        expandToViewport
        onChange={({ detail }) => onChange({ ...draft, periodSeconds: Number(detail.selectedOption.value) })}
      />
    </FormField>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
