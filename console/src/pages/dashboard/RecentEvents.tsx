/** The last ten events of all sources. */

import type { Event } from "@aws-sdk/client-elasticache";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";
import { useMemo } from "react";
import type { Cache } from "../../caches";

import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { useRecentEvents } from "../../questions/useRecentEvents";
import { keyed } from "../../reckoning/eventHistory";
import { pathOfSource } from "../../reckoning/eventSources";
import { ago, moment } from "../../words/times";
import { PanelRefusal } from "./PanelRefusal";
import styles from "./RecentEvents.module.css";

const SHOWN_COUNT = 10;

export function RecentEvents({ caches }: { caches: readonly Cache[] }) {
  const { answer, refusal, isWaiting, answeredAt, askAgain } = useRecentEvents(SHOWN_COUNT);
  const clusters = useMemo(() => clustersOf(caches), [caches]);
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2">
          <TextLink to={paths.events()} fontSize="inherit">
            Recent events
          </TextLink>
        </Header>
      }
    >
      <PanelRefusal refusal={refusal} hasAnswer={answer !== undefined} onRetry={askAgain} />
      {isWaiting && <Spinner />}
      {answer?.length === 0 && (
        <Box color="text-body-secondary">Nothing has happened in fourteen days: events come with the first cache.</Box>
      )}
      <ul className={styles.events}>
        {keyed(answer ?? []).map(({ event, key }) => (
          <li key={key} className={styles.event}>
            <div>{event.Message}</div>
            <Box variant="small" color="text-body-secondary">
              <Source event={event} path={pathOfSource(event, clusters)} />
              {event.Date !== undefined && (
                <time dateTime={event.Date.toISOString()} title={moment(event.Date)}>
                  {ago(event.Date, new Date(answeredAt))}
                </time>
              )}
            </Box>
          </li>
        ))}
      </ul>
    </Container>
  );
}

function Source({ event, path }: { event: Event; path: string | undefined }) {
  const id = event.SourceIdentifier ?? "";
  return (
    <>
      {path === undefined ? (
        id
      ) : (
        <TextLink to={path} fontSize="body-s">
          {id}
        </TextLink>
      )}
      {", "}
    </>
  );
}

/** Which cache each node is of, as events need it: they name nodes. */
function clustersOf(caches: readonly Cache[]) {
  return caches.flatMap(({ form, id, memberIds }) =>
    memberIds.map((nodeId) => ({
      CacheClusterId: nodeId,
      ReplicationGroupId: form === "replication-group" ? id : undefined,
    })),
  );
}
