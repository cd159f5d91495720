/** One shard: its primary, its replicas, and a line to each of them. */

import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import { renderSlots, SLOT_COUNT } from "../../../reckoning/slots";
import type { TopologyNode, TopologyShard } from "../../../reckoning/topology";
import { percent } from "../../../words/numbers";
import { shardColour } from "./colours";
import { Links } from "./Links";
import { Swatch } from "./Moves";
import { NodeCard } from "./NodeCard";
import styles from "./topology.module.css";

interface Props {
  shard: TopologyShard;
  index: number;
  /** So many nodes are shown that each is to be small. */
  isDense: boolean;
}

export function ShardCard({ shard, index, isDense }: Props) {
  const { id, primaries, others } = shard;
  const hasNoPrimary = primaries.length === 0 && isPrimaryMissing(others);
  return (
    <li className={styles.shard}>
      <ShardHead shard={shard} index={index} />
      {primaries.length > 1 && (
        <Box color="text-status-error">More than one node calls itself primary: the control plane settles it.</Box>
      )}
      <div className={styles.nodes}>
        {(primaries.length > 0 || hasNoPrimary) && (
          <ul className={styles.column} aria-label={`Primary of shard ${id}`}>
            {primaries.map((node) => (
              <NodeCard key={node.id} node={node} isDense={isDense} />
            ))}
            {hasNoPrimary && (
              <li className={styles.row}>
                <div className={styles.nobody}>No primary answers</div>
              </li>
            )}
          </ul>
        )}
        {others.length > 0 && (
          <>
            {(primaries.length > 0 || hasNoPrimary) && <Links primaries={primaries} others={others} />}
            <ul className={styles.column} aria-label={`Replicas of shard ${id}`}>
              {others.map((node) => (
                <NodeCard key={node.id} node={node} isDense={isDense} />
              ))}
            </ul>
          </>
        )}
      </div>
    </li>
  );
}

/** Of one node alone whose role nobody knows, and of nodes whose roles nobody tells, it cannot be said. */
function isPrimaryMissing(others: readonly TopologyNode[]): boolean {
  const isTold = others.some((node) => node.health !== undefined);
  return others.some((node) => node.role === "replica") || (isTold && others.length > 1);
}

function ShardHead({ shard: { id, slots, isLeaving, sentence }, index }: { shard: TopologyShard; index: number }) {
  const ranges = slots === undefined ? "" : renderSlots(slots.owned);
  return (
    <div className={styles.head}>
      <div>
        {slots !== undefined && <Swatch colour={shardColour(index)} />}
        <Box variant="h3" display="inline">{`Shard ${id}`}</Box>{" "}
        {isLeaving && <Badge color="severity-medium">Leaving</Badge>}
      </div>
      {slots !== undefined && (
        <Box variant="small" color="text-body-secondary">
          {slots.count === 0
            ? "owns no slots"
            : `${slots.count.toLocaleString("en")} slots (${percent((100 * slots.count) / SLOT_COUNT)}): ${shortened(ranges)}`}
        </Box>
      )}
      {sentence !== undefined && sentence !== "" && (
        <Box variant="small" color="text-body-secondary">
          {sentence}
        </Box>
      )}
    </div>
  );
}

const RANGES_LENGTH_MAX = 60;

function shortened(ranges: string): string {
  return ranges.length <= RANGES_LENGTH_MAX ? ranges : `${ranges.slice(0, RANGES_LENGTH_MAX)} …`;
}
