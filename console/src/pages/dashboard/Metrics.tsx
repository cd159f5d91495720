/** Hit rate and memory of all caches together in the last hour, and the caches that are fullest. */

import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense } from "react";
import { type Cache, pathOf } from "../../caches";

import { TextLink } from "../../parts/TextLink";
import { type OverallMetrics, useOverallMetrics } from "../../questions/useOverallMetrics";
import { keyOf } from "../../reckoning/knownCaches";
import { type Point, summaryOf, valueWords } from "../../reckoning/metricSeries";
import { fullestCaches, PERIOD_SECONDS } from "../../reckoning/overallMetrics";
import { percent } from "../../words/numbers";
import { Bar } from "./Bar";
import styles from "./Bar.module.css";
import { NotKnown, PanelRefusal } from "./PanelRefusal";

// What draws lines is large, and everything else here can be read without it.
const MetricChart = lazy(async () => ({ default: (await import("../../parts/MetricChart")).MetricChart }));

const FULLEST_COUNT = 5;
const COLUMN_WIDTH = 270;

export function Metrics({ caches }: { caches: readonly Cache[] }) {
  const { answer, refusal, isWaiting, askAgain } = useOverallMetrics();
  return (
    <SpaceBetween size="l">
      {/* The panels below say themselves that there is no answer yet. */}
      <PanelRefusal refusal={refusal} hasAnswer onRetry={askAgain} />
      <ColumnLayout columns={3} minColumnWidth={COLUMN_WIDTH}>
        <Line
          title="Hit rate"
          description="Of all reads of keys in the last hour, those that found one."
          unit="Percent"
          points={answer?.hitRate}
          answer={answer}
          isWaiting={isWaiting}
          emptySentence="Nobody has read a key in the last hour, as far as nodes were measured."
        />
        <Line
          title="Memory"
          description="Used by all nodes together in the last hour."
          unit="Bytes"
          points={answer?.memory}
          answer={answer}
          isWaiting={isWaiting}
          emptySentence="Nothing is measured yet: the first sample of a node comes after its first full minute."
        />
        <Fullest answer={answer} isWaiting={isWaiting} caches={caches} />
      </ColumnLayout>
      {answer?.isCut && (
        <Box color="text-body-secondary">
          There are more nodes than CloudWatch looks at in one search, so these numbers leave some out.
        </Box>
      )}
    </SpaceBetween>
  );
}

interface LineProps {
  title: string;
  description: string;
  unit: "Percent" | "Bytes";
  points: readonly Point[] | undefined;
  answer: OverallMetrics | undefined;
  isWaiting: boolean;
  emptySentence: string;
}

function Line({ title, description, unit, points = [], answer, isWaiting, emptySentence }: LineProps) {
  const latest = summaryOf(points)?.latest;
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" description={description}>
          {title}
        </Header>
      }
    >
      <Box fontSize="heading-xl" fontWeight="bold" padding={{ bottom: "s" }}>
        {latest === undefined ? "-" : valueWords(latest, unit)}
      </Box>
      {!isWaiting && answer === undefined ? (
        <NotKnown />
      ) : (
        <Suspense fallback={<Spinner />}>
          <MetricChart
            title={`${title} of all caches`}
            unit={unit}
            lines={[{ name: title, points }]}
            window={answer?.window}
            periodSeconds={PERIOD_SECONDS}
            emptySentence={emptySentence}
            height={110}
          />
        </Suspense>
      )}
    </Container>
  );
}

interface FullestProps {
  answer: OverallMetrics | undefined;
  isWaiting: boolean;
  caches: readonly Cache[];
}

function Fullest({ answer, isWaiting, caches }: FullestProps) {
  const fullest = fullestCaches(answer?.fullest ?? [], caches, FULLEST_COUNT);
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" description="Of the memory for data, by the fullest node of each.">
          Fullest caches
        </Header>
      }
    >
      {isWaiting && <Spinner />}
      {!isWaiting && answer === undefined && <NotKnown />}
      {answer !== undefined && fullest.length === 0 && (
        <Box color="text-body-secondary">Nothing was measured in the last ten minutes.</Box>
      )}
      <ul className={styles.rows}>
        {fullest.map(({ cache, percent: used }) => (
          <li key={keyOf(cache)} className={styles.row}>
            <TextLink to={pathOf(cache, "metrics")}>{cache.id}</TextLink>
            <span>{percent(used)}</span>
            <Bar percent={used} />
          </li>
        ))}
      </ul>
    </Container>
  );
}
