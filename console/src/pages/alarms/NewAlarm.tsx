/** The form of a new alarm, begun with the cache and the metric that one comes from. */

import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useAllCaches } from "../../questions/useAllCaches";
import { newDraft } from "../../reckoning/alarmDraft";
import { type KnownMetric, knownMetric } from "../../reckoning/metricCatalog";
import { AlarmForm } from "./AlarmForm";

const TITLE = "Create alarm";

export function NewAlarm({ cacheId, metricName }: { cacheId: string | null; metricName: string | null }) {
  const caches = useAllCaches();
  const metric = knownMetric(metricName ?? "") ?? (knownMetric("EngineCPUUtilization") as KnownMetric);
  if (caches.isWaiting || (caches.answer === undefined && caches.refusal !== undefined)) {
    return (
      <SpaceBetween size="m">
        <Header variant="h1">{TITLE}</Header>
        <RefusalAlert refusal={caches.refusal} onRetry={caches.askAgain} />
        {caches.isWaiting && <Spinner size="large" />}
      </SpaceBetween>
    );
  }
  const chosen = caches.answer?.find(({ id }) => id === cacheId);
  return <AlarmForm title={TITLE} first={newDraft(metric, chosen?.memberIds[0])} isNew />;
}
