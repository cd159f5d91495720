/** The form of a new alarm, begun with the cache and the metric that one comes from. */

import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { type Cache, isMemcached, nodesOf } from "../../caches";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useAllCaches } from "../../questions/useAllCaches";
import { newDraft } from "../../reckoning/alarmDraft";
import { type KnownMetric, knownMetric } from "../../reckoning/metricCatalog";
import { type LineSubject, nodeSubject, wholeClusterSubject } from "../../reckoning/metricQueries";
import { AlarmForm } from "./AlarmForm";

const TITLE = "Create alarm";

export function NewAlarm({ cacheId, metricName }: { cacheId: string | null; metricName: string | null }) {
  const caches = useAllCaches();
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
  const usual = chosen !== undefined && isMemcached(chosen) ? "Evictions" : "EngineCPUUtilization";
  const metric = knownMetric(metricName ?? "", chosen?.engine) ?? (knownMetric(usual, chosen?.engine) as KnownMetric);
  return <AlarmForm title={TITLE} first={newDraft(metric, chosen && watchedAtFirst(chosen))} isNew />;
}

/** A Memcached cluster as a whole; of other caches the first node. */
function watchedAtFirst(cache: Cache): LineSubject | undefined {
  if (isMemcached(cache)) return wholeClusterSubject(cache.id);
  const [first] = nodesOf(cache);
  return first && nodeSubject(first);
}
