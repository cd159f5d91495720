/** What the cache waits for, above everything else on its page; and a short note when that is over. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import type { Subject } from "../../caches";
import type { Explanation } from "../../elastane";
import type { Answered } from "../../questions/useQuestion";
import { type Wait, waitOf } from "../../reckoning/waiting";
import { ago, span } from "../../words/times";
import { useNow } from "./useNow";

const NOTE_SECONDS = 20;
/** From then on it is told how long it has been waited for the same. */
const LONG_SECONDS = 5;
const ALERT_TYPES = { wait: "info", trouble: "warning", failed: "error" } as const;

export function Waiting({ subject, explained }: { subject: Subject; explained: Answered<Explanation> }) {
  const wait = waitOf(subject.cache, explained.answer);
  const [hasWaited, setHasWaited] = useState(false);
  if (wait !== undefined && wait.kind !== "failed" && !hasWaited) setHasWaited(true);
  const isOver = hasWaited && wait === undefined;
  useEffect(() => {
    if (!isOver) return;
    const timer = setTimeout(() => setHasWaited(false), NOTE_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [isOver]);
  return (
    <>
      {wait !== undefined && <Awaited wait={wait} whyNotTold={whyNotTold(explained)} />}
      {isOver && explained.refusal === undefined && (
        <Alert type="success" dismissible dismissAriaLabel="Dismiss" onDismiss={() => setHasWaited(false)}>
          {`${subject.cache.id} is available, and everything is as it shall be.`}
        </Alert>
      )}
    </>
  );
}

function Awaited({ wait, whyNotTold }: { wait: Wait; whyNotTold: string | undefined }) {
  const { kind, title, sentences, progress, failure, nextAct } = wait;
  return (
    <Alert type={ALERT_TYPES[kind]} header={title}>
      <SpaceBetween size="xs">
        <Sentences sentences={whyNotTold === undefined ? sentences : [whyNotTold]} />
        {progress.map(({ label, percent, words }) => (
          <ProgressBar key={label} label={label} value={percent} description={words} />
        ))}
        {failure !== undefined && <Failed failure={failure} />}
        {nextAct !== undefined && <Box>{nextAct}</Box>}
        {kind !== "failed" && wait.since !== undefined && <Since since={wait.since} />}
      </SpaceBetween>
    </Alert>
  );
}

function Sentences({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 1) return <Box>{sentences[0]}</Box>;
  if (sentences.length === 0) return null;
  return (
    <ul style={{ margin: 0, paddingInlineStart: 20 }}>
      {[...new Set(sentences)].map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

function Failed({ failure }: { failure: NonNullable<Wait["failure"]> }) {
  const now = useNow();
  const times = failure.count === 1 ? "Failed once" : `Failed ${failure.count} times in a row`;
  const next =
    failure.nextTryAt === undefined
      ? ""
      : failure.nextTryAt.getTime() >= now.getTime() + 1000
        ? `; the next try is ${ago(failure.nextTryAt, now)}`
        : "; the next try is due now";
  return (
    <Box>
      <Box>{failure.sentence}</Box>
      <Box variant="small">{`${times}${next}.`}</Box>
    </Box>
  );
}

function Since({ since }: { since: Date }) {
  const seconds = (useNow().getTime() - since.getTime()) / 1000;
  return seconds < LONG_SECONDS ? null : <Box variant="small">{`For ${span(seconds)}.`}</Box>;
}

function whyNotTold({ answer, refusal, isWaiting }: Answered<Explanation>): string | undefined {
  if (answer !== undefined) return undefined;
  if (isWaiting) return "Asking the control plane what it waits for.";
  return refusal === undefined ? undefined : `What it waits for is not told here: ${refusal.sentence}`;
}
