/** What has happened to everything here, newest first, and while one looks. */

import type { CacheCluster, CacheParameterGroup, Event } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { type Column, ListTable } from "../parts/ListTable";
import { Page } from "../parts/Page";
import { wordOf } from "../parts/StatusWord";
import { TextLink } from "../parts/TextLink";
import { useEventHistory } from "../questions/useEventHistory";
import { useEveryCacheCluster } from "../questions/useEveryCacheCluster";
import { useParameterGroups } from "../questions/useParameterGroups";
import { keyed } from "../reckoning/eventHistory";
import { pathOfSource } from "../reckoning/eventSources";
import { moment } from "../words/times";

const HOUR: SelectProps.Option & { value: string } = { value: "60", label: "Last hour" };
const LONGEST = { value: String(14 * 24 * 60), label: "Last 14 days" };
const RANGES = [
  HOUR,
  { value: String(6 * 60), label: "Last 6 hours" },
  { value: String(24 * 60), label: "Last day" },
  { value: String(3 * 24 * 60), label: "Last 3 days" },
  { value: String(7 * 24 * 60), label: "Last 7 days" },
  LONGEST,
];

const ANY = { value: "", label: "All sources" };
const SOURCE_TYPES = [
  ANY,
  { value: "replication-group", label: "Replication groups" },
  { value: "cache-cluster", label: "Cache clusters: nodes" },
  { value: "cache-parameter-group", label: "Parameter groups" },
  { value: "user", label: "Users" },
  { value: "user-group", label: "User groups" },
];

/** To what there are links; a list is absent while it is not known. */
interface Existing {
  clusters?: readonly CacheCluster[];
  parameterGroups?: readonly CacheParameterGroup[];
}

type KeyedEvent = { event: Event; key: string };

export default function Events() {
  const [range, setRange] = useState(HOUR.value);
  const [sourceType, setSourceType] = useState("");
  const [isFollowed, setIsFollowed] = useState(true);
  const answered = useEventHistory(Number(range), isFollowed);
  const existing = { clusters: useEveryCacheCluster().answer, parameterGroups: useParameterGroups().answer };
  const { events = [], isCut = false } = answered.answer ?? {};
  const items = keyed(events).filter(({ event }) => sourceType === "" || event.SourceType === sourceType);
  const hasNarrowed = sourceType !== "" || range !== LONGEST.value;
  const widen = () => {
    setRange(LONGEST.value);
    setSourceType("");
  };
  return (
    <Page title="Events" contentType="table">
      <SpaceBetween size="m">
        <Header
          variant="h1"
          description="What has happened to caches, parameter groups, users and user groups. Kept for 14 days."
          actions={
            <Toggle checked={isFollowed} onChange={({ detail }) => setIsFollowed(detail.checked)}>
              Follow live
            </Toggle>
          }
        >
          Events
        </Header>
        <SpaceBetween size="m" direction="horizontal">
          <Choice label="Time range" options={RANGES} value={range} onChange={setRange} />
          <Choice label="Source type" options={SOURCE_TYPES} value={sourceType} onChange={setSourceType} />
        </SpaceBetween>
        {isCut && (
          <Alert type="info">
            These are the newest {events.length.toLocaleString("en")} of the range. A shorter range, or DescribeEvents
            with a source, has the others.
          </Alert>
        )}
        <ListTable<KeyedEvent>
          noun="event"
          id="events"
          title="Events"
          answered={answered}
          items={items}
          idOf={({ key }) => key}
          columns={columnsOf(existing)}
          filteredBy={["source", "type", "message"]}
          empty={{
            sentence: hasNarrowed
              ? "Nothing of this kind happened in this time."
              : "Nothing has happened in 14 days: events come with the first cache.",
            act: hasNarrowed ? <Button onClick={widen}>Show all of 14 days</Button> : undefined,
          }}
          actions={!isFollowed && <Button iconName="refresh" ariaLabel="Ask again" onClick={answered.askAgain} />}
        />
      </SpaceBetween>
    </Page>
  );
}

interface ChoiceProps {
  label: string;
  options: readonly SelectProps.Option[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ label, options, value, onChange }: ChoiceProps) {
  return (
    <FormField label={label}>
      <Select
        selectedOption={options.find((option) => option.value === value) ?? null}
        options={options}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}

function columnsOf(existing: Existing): Column<KeyedEvent>[] {
  return [
    {
      id: "date",
      header: "Time",
      text: ({ event }) => event.Date?.getTime() ?? 0,
      cell: ({ event }) => (event.Date === undefined ? "-" : moment(event.Date)),
      width: 220,
    },
    {
      id: "source",
      header: "Source",
      text: ({ event }) => event.SourceIdentifier ?? "",
      cell: ({ event }) => <Source event={event} existing={existing} />,
      width: 200,
    },
    {
      id: "type",
      header: "Source type",
      text: ({ event }) => event.SourceType ?? "",
      cell: ({ event }) => wordOf(event.SourceType ?? "-"),
      width: 180,
    },
    {
      id: "message",
      header: "Event",
      text: ({ event }) => event.Message ?? "",
      cell: ({ event }) => event.Message,
      isRowHeader: true,
      minWidth: 300,
    },
  ];
}

function Source({ event, existing }: { event: Event; existing: Existing }) {
  const path = pathOfSource(event, existing.clusters, existing.parameterGroups);
  const id = event.SourceIdentifier ?? "-";
  return path === undefined ? id : <TextLink to={path}>{id}</TextLink>;
}
