/**
 * A list, as on every page that has one: filter, sorting, pages, preferences that the browser keeps, a selection, an
 * empty state that says what to do, and what went wrong. For lists that arrive whole; the caches' own is paged by the API.
 */

import {
  type PropertyFilterOption,
  type PropertyFilterProperty,
  useCollection,
} from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import PropertyFilter from "@cloudscape-design/components/property-filter";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { ReactNode } from "react";
import type { Answered } from "../questions/useQuestion";
import { counted } from "../words/numbers";
import { RefusalAlert } from "./RefusalAlert";
import { usePreferences } from "./usePreferences";

export interface Column<Item> extends TableProps.ColumnDefinition<Item> {
  /** Its text: what is sorted by and filtered for. */
  text: (item: Item) => string | number;
  header: string;
  id: string;
  /** Not shown until a person asks for it in the preferences. */
  isHiddenAtFirst?: boolean;
  /** What has no order: buttons. */
  isUnsorted?: boolean;
}

interface Props<Item> {
  /** ``event``; the plural is made with an s unless `plural` says otherwise. */
  noun: string;
  plural?: string;
  title?: string;
  description?: ReactNode;
  /** By which the browser keeps the preferences. */
  id: string;
  answered: Pick<Answered<unknown>, "isWaiting" | "refusal" | "askAgain">;
  items: readonly Item[];
  idOf: (item: Item) => string;
  columns: readonly Column<Item>[];
  /** When there is none at all: a sentence, and an act. */
  empty: { sentence: string; act?: ReactNode };
  actions?: ReactNode;
  selection?: { type: "single" | "multi"; selected: readonly Item[]; onSelect: (items: Item[]) => void };
  /** Columns that can be filtered for by name and value (a property filter); plain text if absent. */
  filteredBy?: readonly string[];
  variant?: TableProps.Variant;
}

export function ListTable<Item>(props: Props<Item>) {
  const { noun, id, answered, items: all, idOf, columns, empty, actions, selection } = props;
  const plural = props.plural ?? `${noun}s`;
  const [preferences, setPreferences] = usePreferences(
    id,
    columns.map((column) => ({ id: column.id, isHidden: column.isHiddenAtFirst === true })),
  );
  const properties: PropertyFilterProperty[] = (props.filteredBy ?? []).map((columnId) => {
    const header = columns.find((column) => column.id === columnId)?.header ?? columnId;
    return { key: columnId, propertyLabel: header, groupValuesLabel: header, operators: ["=", "!=", ":", "!:"] };
  });
  const rows = all.map((item) => rowOf(item, columns));
  const {
    items,
    filterProps,
    propertyFilterProps,
    paginationProps,
    collectionProps,
    filteredItemsCount,
    actions: acts,
  } = useCollection(rows, {
    filtering: properties.length === 0 ? { empty: <Empty {...empty} />, noMatch: noMatch(plural) } : undefined,
    propertyFiltering:
      properties.length === 0
        ? undefined
        : { filteringProperties: properties, empty: <Empty {...empty} />, noMatch: noMatch(plural) },
    pagination: { pageSize: preferences.pageSize },
    sorting: {},
  });
  const isKnown = all.length > 0 || (!answered.isWaiting && answered.refusal === undefined);
  const matches = filteredItemsCount === undefined ? "" : counted(filteredItemsCount, "match", "matches");
  return (
    <SpaceBetween size="m">
      <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
      <Table<Row<Item>>
        {...collectionProps}
        empty={answered.refusal !== undefined && all.length === 0 ? <Box>Not known yet.</Box> : collectionProps.empty}
        variant={props.variant}
        stickyHeader
        resizableColumns
        wrapLines={preferences.wrapLines}
        contentDensity={preferences.contentDensity}
        columnDisplay={preferences.contentDisplay}
        loading={answered.isWaiting}
        loadingText={`Asking for ${plural}`}
        items={items}
        trackBy={(row) => idOf(row.item)}
        columnDefinitions={columns.map((column) => ({
          ...column,
          cell: (row: Row<Item>) => column.cell(row.item),
          sortingField: column.isUnsorted ? undefined : column.id,
          sortingComparator: (one: Row<Item>, other: Row<Item>) =>
            compare(one.texts[column.id], other.texts[column.id]),
          editConfig: undefined,
          counter: undefined,
        }))}
        selectionType={selection?.type}
        selectedItems={rows.filter((row) => selection?.selected.some((chosen) => idOf(chosen) === idOf(row.item)))}
        onSelectionChange={({ detail }) => selection?.onSelect(detail.selectedItems.map((row) => row.item))}
        ariaLabels={{
          tableLabel: plural,
          selectionGroupLabel: `Selection of ${plural}`,
          allItemsSelectionLabel: () => "Select all",
          itemSelectionLabel: (_, row) => `Select ${idOf(row.item)}`,
        }}
        header={
          props.title === undefined ? undefined : (
            <Header
              variant="h2"
              counter={isKnown ? `(${all.length})` : undefined}
              description={props.description}
              actions={actions}
            >
              {props.title}
            </Header>
          )
        }
        filter={
          properties.length === 0 ? (
            <TextFilter
              {...filterProps}
              filteringPlaceholder={`Find ${plural}`}
              filteringAriaLabel={`Find ${plural}`}
              countText={matches}
            />
          ) : (
            <PropertyFilter
              {...propertyFilterProps}
              filteringOptions={optionsOf(rows, properties)}
              filteringPlaceholder={`Find ${plural}`}
              filteringAriaLabel={`Find ${plural}`}
              countText={matches}
              onChange={(event) => {
                propertyFilterProps.onChange(event);
                acts.setCurrentPage(1);
              }}
            />
          )
        }
        pagination={<Pagination {...paginationProps} />}
        preferences={
          <CollectionPreferences
            title="Preferences"
            preferences={preferences}
            onConfirm={({ detail }) => setPreferences(detail)}
            pageSizePreference={{
              options: [10, 20, 50, 100].map((value) => ({ value, label: `${value} ${plural}` })),
            }}
            wrapLinesPreference={{}}
            contentDensityPreference={{}}
            contentDisplayPreference={{
              options: columns.map((column, index) => ({
                id: column.id,
                label: column.header,
                alwaysVisible: index === 0,
              })),
            }}
          />
        }
      />
    </SpaceBetween>
  );
}

/** What a list shows when there is nothing in it. */
export function Empty({ sentence, act }: { sentence: string; act?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" margin={{ vertical: "xs" }}>
      <SpaceBetween size="s">
        <Box color="text-body-secondary">{sentence}</Box>
        {act}
      </SpaceBetween>
    </Box>
  );
}

interface Row<Item> {
  item: Item;
  texts: Record<string, string | number>;
  [columnId: string]: unknown;
}

/** The texts of all columns stand beside the item, where filters and sorting find them. */
function rowOf<Item>(item: Item, columns: readonly Column<Item>[]): Row<Item> {
  const texts = Object.fromEntries(columns.map((column) => [column.id, column.text(item)]));
  return { ...texts, item, texts };
}

function optionsOf<Item>(rows: readonly Row<Item>[], properties: readonly PropertyFilterProperty[]) {
  const options: PropertyFilterOption[] = [];
  for (const { key } of properties) {
    for (const value of new Set(rows.map((row) => String(row.texts[key] ?? "")))) {
      options.push({ propertyKey: key, value });
    }
  }
  return options;
}

function noMatch(plural: string): ReactNode {
  return <Empty sentence={`No ${plural} match the filter.`} />;
}

function compare(one: string | number | undefined, other: string | number | undefined): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one ?? "").localeCompare(String(other ?? ""), "en", { numeric: true });
}
