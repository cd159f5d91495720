/** What happened to this cache and its nodes. */

import type { Event } from "@aws-sdk/client-elasticache";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Subject } from "../../caches";
import { type Column, ListTable } from "../../parts/ListTable";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { useCacheEvents } from "../../questions/useCacheEvents";
import { moment } from "../../words/times";

const RANGES = [
  { value: "60", label: "The last hour" },
  { value: "1440", label: "The last day" },
  { value: "10080", label: "The last week" },
  { value: "20160", label: "The last fourteen days" },
] as const;
const FIRST_RANGE = RANGES[1];

export function EventsTab({ subject }: { subject: Subject }) {
  const [range, setRange] = useState<string>(FIRST_RANGE.value);
  const answered = useCacheEvents(subject.cache, Number(range));
  const chosen = RANGES.find(({ value }) => value === range) ?? FIRST_RANGE;
  return (
    <SpaceBetween size="m">
      <FormField label="Since">
        <Select
          selectedOption={chosen}
          options={[...RANGES]}
          onChange={({ detail }) => setRange(detail.selectedOption.value ?? FIRST_RANGE.value)}
        />
      </FormField>
      <ListTable
        noun="event"
        id="cache-events"
        title="Events"
        description="Of the cache and its nodes, newest first."
        answered={answered}
        items={answered.answer ?? []}
        idOf={(event) => `${event.Date?.getTime()} ${event.SourceIdentifier} ${event.Message}`}
        columns={COLUMNS}
        filteredBy={["source", "message"]}
        empty={{
          sentence: `${chosen.label} has none of this cache. A longer range may, and all caches' are on a page of their own.`,
          act: <TextLink to={paths.events()}>All events</TextLink>,
        }}
      />
    </SpaceBetween>
  );
}

const COLUMNS: readonly Column<Event>[] = [
  {
    id: "at",
    header: "When",
    text: (event) => event.Date?.getTime() ?? 0,
    cell: (event) => (event.Date === undefined ? "-" : moment(event.Date)),
    width: 220,
  },
  {
    id: "source",
    header: "Of",
    text: (event) => event.SourceIdentifier ?? "",
    cell: (event) => event.SourceIdentifier ?? "-",
    width: 180,
  },
  {
    id: "message",
    header: "What",
    text: (event) => event.Message ?? "",
    cell: (event) => event.Message ?? "-",
    isRowHeader: true,
    minWidth: 260,
  },
];
