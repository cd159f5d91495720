/** Caches that are not available, with what the control plane says they wait for. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Cache, pathOf } from "../../caches";
import { StatusWord } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { useExplanation } from "../../questions/useExplanation";
import { filteredPath } from "../../reckoning/cacheQuery";
import { keyOf } from "../../reckoning/knownCaches";
import { waitOf } from "../../reckoning/waiting";
import { counted, percent } from "../../words/numbers";

/** Each of them is asked about. */
const EXPLAINED_MAX = 5;

export function NotAvailable({ caches }: { caches: readonly Cache[] }) {
  const others = caches.length - EXPLAINED_MAX;
  return (
    <Container
      header={
        <Header variant="h2" counter={`(${caches.length.toLocaleString("en")})`}>
          Not available
        </Header>
      }
    >
      <SpaceBetween size="m">
        {caches.slice(0, EXPLAINED_MAX).map((cache) => (
          <One key={keyOf(cache)} cache={cache} />
        ))}
        {others > 0 && (
          <TextLink to={filteredPath("status", "available", "!=")}>
            {counted(others, "more cache is", "more caches are")} not available
          </TextLink>
        )}
      </SpaceBetween>
    </Container>
  );
}

function One({ cache }: { cache: Cache }) {
  const { answer, refusal, isWaiting } = useExplanation(cache.id, { form: cache.form });
  // The explanation is newer than the list: both have to be told as of one moment.
  const status = answer?.Status ?? cache.status;
  const wait = waitOf({ ...cache, status }, answer);
  return (
    <div>
      <SpaceBetween size="xs" direction="horizontal">
        <TextLink to={pathOf(cache)}>{cache.id}</TextLink>
        <StatusWord status={status} />
      </SpaceBetween>
      {isWaiting && <Box color="text-body-secondary">Asking the control plane what it waits for.</Box>}
      {wait?.sentences.map((sentence) => (
        <div key={sentence}>{sentence}</div>
      ))}
      {wait?.progress.map(({ label, percent: done, words }) => (
        <Box key={label} color="text-body-secondary">
          {label}: {percent(done)}, {words}
        </Box>
      ))}
      {wait?.failure !== undefined && <Box color="text-status-error">{wait.failure.sentence}</Box>}
      {wait?.nextAct !== undefined && <Box color="text-body-secondary">{wait.nextAct}</Box>}
      {refusal !== undefined && refusal.kind !== "not-found" && (
        <Box color="text-body-secondary">
          Why is not known: {refusal.sentence} {refusal.nextAct}
        </Box>
      )}
    </div>
  );
}
