/** All 16,384 slots as one bar, coloured by the shard that owns them. Its label says the same, for who does not see it. */

import { colorBackgroundInputDisabled } from "@cloudscape-design/design-tokens";
import { countSlots, SLOT_COUNT, type SlotRange } from "../reckoning/slots";
import styles from "./SlotBar.module.css";
import { shardColour } from "./shardColours";

export interface SlotsOfShard {
  id: string;
  slots: readonly SlotRange[];
}

export function SlotBar({ title, shards }: { title: string; shards: readonly SlotsOfShard[] }) {
  const counts = shards.map(({ id, slots }) => `shard ${id} ${countSlots(slots).toLocaleString("en")}`);
  return (
    <figure className={styles.figure}>
      <figcaption>{title}</figcaption>
      <svg
        className={styles.bar}
        viewBox={`0 0 ${SLOT_COUNT} 1`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${counts.join(", ")}`}
      >
        <rect width={SLOT_COUNT} height="1" style={{ fill: colorBackgroundInputDisabled }} />
        {shards.flatMap(({ id, slots }) =>
          slots.map(({ first, last }) => (
            <rect
              key={`${id} ${first}`}
              x={first}
              width={last - first + 1}
              height="1"
              style={{ fill: shardColour(id) }}
            />
          )),
        )}
      </svg>
      <div className={styles.ends} aria-hidden>
        <span>0</span>
        <span>{(SLOT_COUNT - 1).toLocaleString("en")}</span>
      </div>
    </figure>
  );
}

/** The shard's colour, beside its name. */
export function Swatch({ shardId }: { shardId: string }) {
  return <span className={styles.swatch} style={{ background: shardColour(shardId) }} aria-hidden />;
}
