/** All 16,384 slots as a bar, coloured by shard; while some move, what shall be stands below what is. */

import { colorBackgroundInputDisabled } from "@cloudscape-design/design-tokens";
import { countSlots, SLOT_COUNT, type SlotRange } from "../../../reckoning/slots";
import type { TopologyShard } from "../../../reckoning/topology";
import { shardColour } from "./colours";
import styles from "./topology.module.css";

export function SlotBar({ shards }: { shards: readonly TopologyShard[] }) {
  const isMoving = shards.some(({ slots }) => slots !== undefined && !isSame(slots.owned, slots.target));
  return (
    <figure className={styles.bars}>
      <figcaption>{isMoving ? "Slots: now, and below it when all have moved" : "Slots"}</figcaption>
      <Bar shards={shards} of="owned" word="now" />
      {isMoving && <Bar shards={shards} of="target" word="when all have moved" />}
      <div className={styles.ends} aria-hidden>
        <span>0</span>
        <span>{(SLOT_COUNT - 1).toLocaleString("en")}</span>
      </div>
    </figure>
  );
}

function Bar({ shards, of, word }: { shards: readonly TopologyShard[]; of: "owned" | "target"; word: string }) {
  const counts = shards.map(({ id, slots }) => `shard ${id} ${countSlots(slots?.[of] ?? []).toLocaleString("en")}`);
  return (
    <svg
      className={styles.bar}
      viewBox={`0 0 ${SLOT_COUNT} 1`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Slots ${word}: ${counts.join(", ")}`}
    >
      <rect width={SLOT_COUNT} height="1" style={{ fill: colorBackgroundInputDisabled }} />
      {shards.map(({ id, slots }, index) =>
        (slots?.[of] ?? []).map(({ first, last }) => (
          <rect
            key={`${id}-${first}`}
            x={first}
            width={last - first + 1}
            height="1"
            style={{ fill: shardColour(index) }}
          />
        )),
      )}
    </svg>
  );
}

function isSame(some: readonly SlotRange[], others: readonly SlotRange[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ first, last }, index) => others[index]?.first === first && others[index]?.last === last)
  );
}
