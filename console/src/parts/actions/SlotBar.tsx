/** All 16,384 slots as one bar, coloured by who owns them. What it shows is in its label, for who does not see it. */

import * as tokens from "@cloudscape-design/design-tokens";
import type { PreviewedShard } from "../../reckoning/shardPreview";
import { SLOT_COUNT, type SlotRange } from "../../reckoning/slots";

interface Props {
  label: string;
  shards: readonly PreviewedShard[];
  rangesOf: (shard: PreviewedShard) => readonly SlotRange[];
  countOf: (shard: PreviewedShard) => number;
}

const HEIGHT = 24;

export function SlotBar({ label, shards, rangesOf, countOf }: Props) {
  const words = shards
    .filter((shard) => countOf(shard) > 0)
    .map((shard) => `${shard.id} has ${countOf(shard).toLocaleString("en")}`)
    .join(", ");
  return (
    <figure style={{ margin: 0 }}>
      <figcaption>{label}</figcaption>
      <svg
        role="img"
        aria-label={`Slots ${label.toLowerCase()}: ${words}.`}
        viewBox={`0 0 ${SLOT_COUNT} ${HEIGHT}`}
        preserveAspectRatio="none"
        width="100%"
        height={HEIGHT}
      >
        {shards.flatMap((shard, index) =>
          rangesOf(shard).map(({ first, last }) => (
            <rect key={first} x={first} y={0} width={last - first + 1} height={HEIGHT} fill={colourOf(index)}>
              <title>{`${shard.id}: ${first}–${last}`}</title>
            </rect>
          )),
        )}
      </svg>
    </figure>
  );
}

const COLOURS = [
  tokens.colorChartsPaletteCategorical1,
  tokens.colorChartsPaletteCategorical2,
  tokens.colorChartsPaletteCategorical3,
  tokens.colorChartsPaletteCategorical4,
  tokens.colorChartsPaletteCategorical5,
  tokens.colorChartsPaletteCategorical6,
  tokens.colorChartsPaletteCategorical7,
  tokens.colorChartsPaletteCategorical8,
  tokens.colorChartsPaletteCategorical9,
  tokens.colorChartsPaletteCategorical10,
] as const;

export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? COLOURS[0];
}
