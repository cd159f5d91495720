/** The table of caches, with its filter, pages, order, selection and preferences. What it shows is computed by the page. */

import Button from "@cloudscape-design/components/button";
import CollectionPreferences, {
  type CollectionPreferencesProps,
} from "@cloudscape-design/components/collection-preferences";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { memo } from "react";
import type { Cache } from "../../caches";
import { CacheActions } from "../../parts/actions/CacheActions";
import { Empty } from "../../parts/ListTable";
import { useFollow } from "../../parts/useFollow";
import type { Preferences } from "../../parts/usePreferences";
import { href, paths } from "../../paths";
import { NO_QUERY, type Order, pageCountOf, type Query } from "../../reckoning/cacheQuery";
import { keyOf } from "../../reckoning/knownCaches";
import { counted } from "../../words/numbers";
import { BulkActions } from "./BulkActions";
import { CacheFilter } from "./CacheFilter";
import type { CacheColumn } from "./columns";
import type { ShownCaches } from "./useShownCaches";

interface Props extends Omit<ShownCaches, "refusal" | "askAgain"> {
  /** Whether the API did not answer: then nothing is known, and that is no emptiness. */
  isRefused: boolean;
  columns: CacheColumn[];
  query: Query;
  onQuery: (query: Query) => void;
  order: Order;
  onOrder: (order: Order) => void;
  onPage: (index: number) => void;
  selected: readonly Cache[];
  onSelect: (caches: readonly Cache[]) => void;
  preferences: Preferences;
  onPreferences: (preferences: CollectionPreferencesProps.Preferences) => void;
}

/** Drawn anew only when something of it has changed: the page asks every few seconds, and mostly hears nothing new. */
export const CachesTable = memo(function CachesTable(props: Props) {
  const { columns, query, onQuery, order, onOrder, pageIndex, onPage, selected, preferences } = props;
  const { shown, known, matchCount, isComplete, isGathering, isWaiting } = props;
  const isFiltered = query.tokens.length > 0;
  return (
    <Table<Cache>
      variant="full-page"
      stickyHeader
      resizableColumns
      columnDefinitions={columns}
      columnDisplay={preferences.contentDisplay}
      wrapLines={preferences.wrapLines}
      contentDensity={preferences.contentDensity}
      items={shown}
      trackBy={keyOf}
      loading={isWaiting && !props.isRefused}
      loadingText={isGathering ? `Looked at ${counted(props.knownCount, "cache")} so far` : "Asking for caches"}
      empty={<NoCaches isFiltered={isFiltered} isKnown={isComplete} onClear={() => onQuery(NO_QUERY)} />}
      firstIndex={(pageIndex - 1) * preferences.pageSize + 1}
      totalItemsCount={isComplete ? matchCount : undefined}
      sortingColumn={{ sortingField: order.columnId }}
      sortingDescending={order.isDescending}
      onSortingChange={({ detail }) =>
        onOrder({ columnId: detail.sortingColumn.sortingField ?? "name", isDescending: detail.isDescending === true })
      }
      selectionType="multi"
      selectedItems={selected}
      onSelectionChange={({ detail }) => props.onSelect(detail.selectedItems)}
      ariaLabels={{
        tableLabel: "Caches",
        selectionGroupLabel: "Selection of caches",
        allItemsSelectionLabel: () => "Select all caches on this page",
        itemSelectionLabel: (_, cache) => `Select ${cache.id}`,
      }}
      header={<ListHeader {...props} isFiltered={isFiltered} />}
      filter={
        <CacheFilter query={query} onChange={onQuery} known={known} matchCount={matchCount} isGathering={isGathering} />
      }
      pagination={
        <Pagination
          currentPageIndex={pageIndex}
          pagesCount={pageCountOf(matchCount, preferences.pageSize)}
          openEnd={!isComplete}
          disabled={shown.length === 0}
          onChange={({ detail }) => onPage(detail.currentPageIndex)}
        />
      }
      preferences={
        <CollectionPreferences
          title="Preferences"
          preferences={preferences}
          onConfirm={({ detail }) => props.onPreferences(detail)}
          pageSizePreference={{ options: PAGE_SIZES.map((value) => ({ value, label: `${value} caches` })) }}
          wrapLinesPreference={{}}
          contentDensityPreference={{}}
          contentDisplayPreference={{
            options: columns.map(({ id, header }, index) => ({ id, label: header, alwaysVisible: index === 0 })),
          }}
        />
      }
    />
  );
});

const PAGE_SIZES = [10, 20, 50, 100];

interface HeaderProps extends Pick<Props, "selected" | "isGathering" | "isComplete" | "knownCount" | "matchCount"> {
  isFiltered: boolean;
}

function ListHeader(props: HeaderProps) {
  const { selected, isGathering, knownCount } = props;
  const follow = useFollow();
  const one = selected.length === 1 ? selected[0] : undefined;
  return (
    <Header
      variant="awsui-h1-sticky"
      counter={counterOf(props)}
      description={isGathering ? `Looked at ${counted(knownCount, "cache")} so far.` : undefined}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {one !== undefined && <CacheActions key={keyOf(one)} cache={one} />}
          <BulkActions selected={selected} />
          <Button variant="primary" href={href(paths.createCache())} onFollow={follow}>
            Create cache
          </Button>
        </SpaceBetween>
      }
    >
      Caches
    </Header>
  );
}

/** How many there are, as far as that is known: while only some pages were asked for, at least so many. */
function counterOf({ selected, isFiltered, isComplete, knownCount, matchCount }: HeaderProps) {
  if (knownCount === 0 && !isComplete) return undefined;
  const count = `${knownCount.toLocaleString("en")}${isComplete ? "" : "+"}`;
  if (selected.length > 0) return `(${selected.length}/${count})`;
  return isFiltered ? `(${matchCount.toLocaleString("en")}/${count})` : `(${count})`;
}

interface NoCachesProps {
  isFiltered: boolean;
  /** False where the API has not said how many there are. */
  isKnown: boolean;
  onClear: () => void;
}

function NoCaches({ isFiltered, isKnown, onClear }: NoCachesProps) {
  const follow = useFollow();
  if (!isKnown) return <Empty sentence="Not known yet." />;
  if (isFiltered) {
    return <Empty sentence="No caches match the filter." act={<Button onClick={onClear}>Clear the filter</Button>} />;
  }
  return (
    <Empty
      sentence="There is no cache in this region yet."
      act={
        <Button href={href(paths.createCache())} onFollow={follow}>
          Create cache
        </Button>
      }
    />
  );
}
