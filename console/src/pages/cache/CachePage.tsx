/** The page of one cache, whichever form it has: what it waits for, then its tabs, each with an address of its own. */

import Header from "@cloudscape-design/components/header";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import type { Form, Subject } from "../../caches";
import { CacheActions } from "../../parts/actions/CacheActions";
import { Page } from "../../parts/Page";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { StatusWord, wordOf } from "../../parts/StatusWord";
import { paths } from "../../paths";
import { useExplanation } from "../../questions/useExplanation";
import type { Answered } from "../../questions/useQuestion";
import { Asked } from "./Asked";
import styles from "./CachePage.module.css";
import { CacheTabs, useTab } from "./CacheTabs";
import { Deleted, NotThere } from "./NotThere";
import { UpdateBanner } from "./UpdateBanner";
import { Waiting } from "./Waiting";

interface Props {
  id: string;
  form: Form;
  asked: Answered<unknown>;
  /** Absent until there is an answer. */
  subject: Subject | undefined;
}

export function CachePage({ id, form, asked, subject }: Props) {
  return (
    <Page title={id} above={[{ text: "Caches", path: paths.caches() }]} cacheId={id} cacheForm={form}>
      <Content id={id} form={form} asked={asked} subject={subject} />
    </Page>
  );
}

function Content({ id, form, asked, subject }: Props) {
  const isGone = asked.refusal?.kind === "not-found";
  if (isGone) return subject === undefined ? <NotThere id={id} form={form} /> : <Deleted id={id} form={form} />;
  if (subject !== undefined) return <Watched subject={subject} asked={asked} />;
  return (
    <SpaceBetween size="m">
      <Header variant="h1">{id}</Header>
      {asked.isWaiting ? <Spinner size="large" /> : <RefusalAlert refusal={asked.refusal} onRetry={asked.askAgain} />}
    </SpaceBetween>
  );
}

function Watched({ subject, asked }: { subject: Subject; asked: Answered<unknown> }) {
  const [tab, setTab] = useTab(subject.cache);
  const { id, form, description } = subject.cache;
  const explained = useExplanation(id, { form, isLive: tab === "overview" || tab === "nodes" });
  const current = withNewestStatus(subject, asked, explained);
  return (
    <div className={styles.page}>
      <Header
        variant="h1"
        description={description}
        info={<StatusWord status={current.cache.status} />}
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <Asked asked={asked} />
            <CacheActions cache={current.cache} />
          </SpaceBetween>
        }
      >
        {id}
      </Header>
      <div className={styles.notes}>
        <RefusalAlert refusal={asked.refusal} onRetry={asked.askAgain} />
        <Waiting subject={current} explained={explained} />
        <UpdateBanner cache={current.cache} />
      </div>
      <CacheTabs tab={tab} onTab={setTab} subject={current} explained={explained} />
      {/* Spoken when it changes, and not at each of the sentences between. */}
      <LiveRegion hidden>{`${id}: ${wordOf(current.cache.status)}`}</LiveRegion>
    </div>
  );
}

/** ExplainCache is asked more often, and tells the status, too. */
function withNewestStatus(
  subject: Subject,
  asked: Answered<unknown>,
  explained: ReturnType<typeof useExplanation>,
): Subject {
  const { answer, answeredAt } = explained;
  if (answer === undefined || answeredAt < asked.answeredAt) return subject;
  return { ...subject, cache: { ...subject.cache, status: answer.Status } };
}
