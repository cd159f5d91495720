/** How many caches there are, by status and by engine; each count leads to the list of those. */

import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";
import type { Cache } from "../../caches";
import { StatusWord } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { type Count, countedBy } from "../../reckoning/cacheCounts";
import { filteredPath, type Property } from "../../reckoning/cacheQuery";
import { engineTitle } from "../../reckoning/upgrades";
import { counted } from "../../words/numbers";
import { Bar } from "./Bar";
import styles from "./Bar.module.css";
import { NotKnown } from "./PanelRefusal";

interface Props {
  /** Absent before the first answer. */
  caches: readonly Cache[] | undefined;
  /** False where the API did not answer. */
  isKnown: boolean;
}

export function CacheCounts({ caches, isKnown }: Props) {
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2" counter={caches && `(${caches.length.toLocaleString("en")})`}>
          <TextLink to={paths.caches()} fontSize="inherit">
            Caches
          </TextLink>
        </Header>
      }
    >
      {caches === undefined && (isKnown ? <Spinner /> : <NotKnown />)}
      {caches !== undefined && (
        <ColumnLayout columns={2} minColumnWidth={170}>
          <Counts
            title="By status"
            property="status"
            counts={countedBy(caches, (cache) => cache.status)}
            total={caches.length}
            label={(status) => <StatusWord status={status} />}
          />
          <Counts
            title="By engine"
            property="engine"
            counts={countedBy(caches, (cache) => cache.engine)}
            total={caches.length}
            label={(engine) => engineTitle(engine)}
          />
        </ColumnLayout>
      )}
    </Container>
  );
}

interface CountsProps {
  title: string;
  property: Property;
  counts: readonly Count[];
  total: number;
  label: (value: string) => ReactNode;
}

function Counts({ title, property, counts, total, label }: CountsProps) {
  return (
    <section>
      <Box variant="h3" padding={{ bottom: "xs" }}>
        {title}
      </Box>
      <ul className={styles.rows}>
        {counts.map(({ value, count }) => (
          <li key={value} className={styles.row}>
            <span>{label(value)}</span>
            <TextLink to={filteredPath(property, value)} ariaLabel={`${counted(count, "cache")}, ${property} ${value}`}>
              {count.toLocaleString("en")}
            </TextLink>
            <Bar percent={(100 * count) / total} />
          </li>
        ))}
      </ul>
    </section>
  );
}
