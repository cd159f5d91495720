/** Everything at a glance: which caches there are and how they do, what happened, and what waits for somebody. */

import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo } from "react";
import { Page } from "../parts/Page";
import { RefusalAlert } from "../parts/RefusalAlert";
import { useFollow } from "../parts/useFollow";
import { href, paths } from "../paths";
import { useAllCaches } from "../questions/useAllCaches";
import { notAvailable } from "../reckoning/cacheCounts";
import { Alarms } from "./dashboard/Alarms";
import { CacheCounts } from "./dashboard/CacheCounts";
import { FirstSteps } from "./dashboard/FirstSteps";
import { Metrics } from "./dashboard/Metrics";
import { NotAvailable } from "./dashboard/NotAvailable";
import { RecentEvents } from "./dashboard/RecentEvents";
import { ServiceUpdates } from "./dashboard/ServiceUpdates";

/** Narrower than this a panel stands below the other and not beside it. */
const PANEL_WIDTH = 380;

export default function Dashboard() {
  const follow = useFollow();
  const { answer: caches, refusal, askAgain } = useAllCaches();
  const waiting = useMemo(() => notAvailable(caches ?? []), [caches]);
  const isNew = caches?.length === 0;
  return (
    <Page title="Dashboard">
      <SpaceBetween size="l">
        <Header
          variant="h1"
          actions={
            <Button variant="primary" href={href(paths.createCache())} onFollow={follow}>
              Create cache
            </Button>
          }
        >
          Dashboard
        </Header>
        <RefusalAlert refusal={refusal} onRetry={askAgain} />
        {isNew && <FirstSteps />}
        {waiting.length > 0 && <NotAvailable caches={waiting} />}
        {!isNew && (
          <ColumnLayout columns={2} minColumnWidth={PANEL_WIDTH}>
            <CacheCounts caches={caches} isKnown={refusal === undefined} />
            <Alarms />
          </ColumnLayout>
        )}
        {!isNew && <Metrics caches={caches ?? []} />}
        <ColumnLayout columns={2} minColumnWidth={PANEL_WIDTH}>
          <RecentEvents caches={caches ?? []} />
          {isNew ? <Alarms /> : <ServiceUpdates />}
        </ColumnLayout>
      </SpaceBetween>
    </Page>
  );
}
