/** One shard: its primary, its replicas, and a line to each of them. */

import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import { Swatch } from "../../../parts/SlotBar";
import { renderSlots, SLOT_COUNT } from "../../../reckoning/slots";
import { NOT_STARTED, type TopologyNode, type TopologyShard } from "../../../reckoning/topology";
import { shortened } from "../../../words/lists";
import { percent } from "../../../words/numbers";
import { Links } from "./Links";
import { NodeCard } from "./NodeCard";
import styles from "./topology.module.css";

/** More of them than this are left to the preview of the next resharding. */
const RANGES_LENGTH_MAX = 60;

interface Props {
  shard: TopologyShard;
  /** So many nodes are shown that each is to be small. */
  isDense: boolean;
}

export function ShardCard({ shard, isDense }: Props) {
  const { id, primaries, others } = shard;
  const hasNoPrimary = primaries.length === 0 && isPrimaryMissing(others);
  return (
    <li className={styles.shard}>
      <ShardHead shard={shard} />
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

/** Of one node alone whose role nobody knows, of nodes whose roles nobody tells, and of new ones it cannot be said. */
function isPrimaryMissing(others: readonly TopologyNode[]): boolean {
  const isTold = others.some((node) => node.health !== undefined && node.health !== NOT_STARTED);
  return others.some((node) => node.role === "replica") || (isTold && others.length > 1);
}

function ShardHead({ shard: { id, slots, isLeaving, sentence } }: { shard: TopologyShard }) {
  const ranges = slots === undefined ? "" : renderSlots(slots.owned);
  return (
    <div className={styles.head}>
      <div>
        {slots !== undefined && <Swatch shardId={id} />}
        <Box variant="h3" display="inline">{`Shard ${id}`}</Box>{" "}
        {isLeaving && <Badge color="severity-medium">Leaving</Badge>}
      </div>
      {slots !== undefined && (
        <Box variant="small" display="block" color="text-body-secondary">
          {slots.count === 0
            ? "owns no slots"
            : `${slots.count.toLocaleString("en")} slots (${percent((100 * slots.count) / SLOT_COUNT)}): ${shortened(ranges, RANGES_LENGTH_MAX)}`}
        </Box>
      )}
      {sentence !== undefined && sentence !== "" && (
        <Box variant="small" display="block" color="text-body-secondary">
          {sentence}
        </Box>
      )}
    </div>
  );
}
