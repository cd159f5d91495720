/** Which colour means what in the picture. All are Cloudscape's, so that they are right in light and in dark. */

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
  colorTextStatusError,
  colorTextStatusInactive,
  colorTextStatusInfo,
  colorTextStatusSuccess,
} from "@cloudscape-design/design-tokens";
import type { Link } from "../../../reckoning/topology";

const SHARDS = [
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

/** They come round again after ten: neighbours differ, and every colour has its shard's name beside it. */
export function shardColour(index: number): string {
  return SHARDS[index % SHARDS.length] ?? SHARDS[0];
}

export const LINK_COLOURS: Record<Link, string> = {
  "in-sync": colorTextStatusSuccess,
  syncing: colorTextStatusInfo,
  broken: colorTextStatusError,
  unknown: colorTextStatusInactive,
};
