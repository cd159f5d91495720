/** The list of caches: replication groups, and cache clusters on their own. */

import Box from "@cloudscape-design/components/box";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router-dom";
import type { Cache } from "../caches";
import { Page } from "../parts/Page";
import { RefusalAlert } from "../parts/RefusalAlert";
import { usePreferences } from "../parts/usePreferences";
import { useNodeTypeMemory } from "../questions/useNodeTypeMemory";
import { useUpdateActions } from "../questions/useUpdateActions";
import { BY_NAME, fromSearch, type Order, type Query, toSearch } from "../reckoning/cacheQuery";
import { keyOf } from "../reckoning/knownCaches";
import { CachesTable } from "./caches/CachesTable";
import { cacheColumns } from "./caches/columns";
import { useShownCaches } from "./caches/useShownCaches";

/** Which columns there are, for the preferences; what they show is known later. */
const COLUMNS = cacheColumns({ memoryOf: () => undefined, updateActions: undefined }).map(
  ({ id, isHiddenAtFirst }) => ({
    id,
    isHidden: isHiddenAtFirst === true,
  }),
);

const NONE: readonly Cache[] = [];
/** Of whichever list. */
const FIRST_PAGE = { index: 1, of: "" };

/** Seldom: they change when somebody installs an engine, and each page of caches is several calls. */
const UPDATES_SECONDS = 30;

export default function Caches() {
  const [search, setSearch] = useSearchParams();
  // The address is what holds the filter: a link to it shows the same, and so does going back.
  const query = useMemo(() => fromSearch(search), [search]);
  const [order, setOrder] = useState<Order>(BY_NAME);
  const [page, setPage] = useState(FIRST_PAGE);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [preferences, setPreferences] = usePreferences("caches", COLUMNS);

  // Another filter, order or size of pages begins at the first page.
  const list = JSON.stringify([search.toString(), order, preferences.pageSize]);
  const pageIndex = page.of === list ? page.index : 1;
  const memoryOf = useNodeTypeMemory();
  const caches = useShownCaches({ query, order, pageIndex, pageSize: preferences.pageSize }, memoryOf);
  const showsUpdates = preferences.contentDisplay?.some(({ id, visible }) => id === "updates" && visible) ?? true;
  const updateActions = useUpdateActions({
    caches: caches.shown,
    everySeconds: UPDATES_SECONDS,
    isAsked: showsUpdates && !caches.isGathering,
  }).answer;
  const columns = useMemo(() => cacheColumns({ memoryOf, updateActions }), [memoryOf, updateActions]);
  const selected = useMemo(
    () => (chosen.size === 0 ? NONE : caches.known.filter((cache) => chosen.has(keyOf(cache)))),
    [chosen, caches.known],
  );

  const changeQuery = useCallback(
    (changed: Query) => {
      setSearch(toSearch(changed), { replace: true });
      setPage(FIRST_PAGE);
    },
    [setSearch],
  );
  const turnTo = useCallback((index: number) => setPage({ index, of: list }), [list]);
  const select = useCallback((some: readonly Cache[]) => setChosen(new Set(some.map(keyOf))), []);
  const { refusal, askAgain, ...listed } = caches;

  return (
    <Page title="Caches" contentType="table">
      {refusal !== undefined && (
        <Box margin={{ bottom: "m" }}>
          <RefusalAlert refusal={refusal} onRetry={askAgain} />
        </Box>
      )}
      <CachesTable
        {...listed}
        isRefused={refusal !== undefined}
        columns={columns}
        query={query}
        onQuery={changeQuery}
        order={order}
        onOrder={setOrder}
        onPage={turnTo}
        selected={selected}
        onSelect={select}
        preferences={preferences}
        onPreferences={setPreferences}
      />
    </Page>
  );
}
