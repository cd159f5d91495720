/** Which shard has which colour. All are Cloudscape's, so that they are right in light and in dark. */

import {
  colorChartsPaletteCategorical1,
  colorChartsPaletteCategorical2,
  colorChartsPaletteCategorical3,
  colorChartsPaletteCategorical4,
  colorChartsPaletteCategorical5,
  colorChartsPaletteCategorical6,
  colorChartsPaletteCategorical7,
  colorChartsPaletteCategorical8,
  colorChartsPaletteCategorical9,
  colorChartsPaletteCategorical10,
} from "@cloudscape-design/design-tokens";

const COLOURS = [
  colorChartsPaletteCategorical1,
  colorChartsPaletteCategorical2,
  colorChartsPaletteCategorical3,
  colorChartsPaletteCategorical4,
  colorChartsPaletteCategorical5,
  colorChartsPaletteCategorical6,
  colorChartsPaletteCategorical7,
  colorChartsPaletteCategorical8,
  colorChartsPaletteCategorical9,
  colorChartsPaletteCategorical10,
] as const;

/**
 * By its id, ``0001``, and not by its place among the others: a shard keeps its colour while others come and go. Colours
 * come round again after ten; each has its shard's name beside it.
 */
export function shardColour(shardId: string): string {
  const number = Number.parseInt(shardId, 10) || 1;
  return COLOURS[(number - 1) % COLOURS.length] ?? COLOURS[0];
}
