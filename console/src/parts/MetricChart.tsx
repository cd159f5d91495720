/**
 * Lines over time, drawn by Cloudscape's chart. Below it stands what it says in words: who does not see the lines reads
 * the same. It is the legend, too, as Cloudscape's own would name a line once for each of its pieces.
 */

import Box from "@cloudscape-design/components/box";
import LineChart from "@cloudscape-design/components/line-chart";
import * as tokens from "@cloudscape-design/design-tokens";
import { memo } from "react";
import type { MetricUnit } from "../reckoning/metricCatalog";
import type { Window } from "../reckoning/metricRanges";
import {
  chartWords,
  type Line,
  latestWords,
  piecesOf,
  scaleOf,
  summaryOf,
  summaryWords,
  valueWords,
} from "../reckoning/metricSeries";
import { timeOn } from "../words/chartTimes";
import styles from "./MetricChart.module.css";

const HEIGHT = 150;
const FULL_LINES_MAX = 4;

interface Props {
  title: string;
  unit: MetricUnit;
  lines: readonly Line[];
  /** What was asked for; absent before the first answer. */
  window: Window | undefined;
  periodSeconds: number;
  /** A line across, as an alarm has it. */
  threshold?: { title: string; value: number };
  /** Why there is nothing to see, where there is nothing. */
  emptySentence: string;
  height?: number;
}

export const MetricChart = memo(function MetricChart(props: Props) {
  const { title, unit, lines, window, periodSeconds, threshold, emptySentence, height = HEIGHT } = props;
  const measured = lines.some((line) => line.points.length > 0);
  const highest = highestOf(lines, threshold?.value);
  const scale = scaleOf(highest, unit);
  const series = lines.flatMap((line, index) =>
    piecesOf(line.points, periodSeconds).map((piece) => ({
      type: "line" as const,
      title: line.name,
      color: colorOf(index),
      data: piece.map(({ at, value }) => ({ x: at, y: value / scale.divisor })),
      valueFormatter: (divided: number) => valueWords(divided * scale.divisor, unit),
    })),
  );
  const across =
    threshold === undefined || !measured
      ? []
      : [
          {
            type: "threshold" as const,
            title: threshold.title,
            y: threshold.value / scale.divisor,
            color: THRESHOLD_COLOR,
            valueFormatter: (divided: number) => valueWords(divided * scale.divisor, unit),
          },
        ];
  return (
    <div className={styles.chart}>
      <LineChart<Date>
        series={[...series, ...across]}
        xDomain={window === undefined ? undefined : [window.start, window.end]}
        yDomain={[Math.min(0, lowestOf(lines) / scale.divisor), scale.max / scale.divisor]}
        xScaleType="time"
        xTickFormatter={(at) => timeOn(at, window)}
        yTickFormatter={scale.tick}
        height={height}
        hideFilter
        hideLegend
        ariaLabel={title}
        ariaDescription={chartWords(lines, unit)}
        statusType={window === undefined ? "loading" : "finished"}
        loadingText="Asking for measurements"
        empty={<Box color="text-body-secondary">{emptySentence}</Box>}
      />
      {measured && <Legend lines={lines} unit={unit} threshold={threshold} />}
    </div>
  );
});

function Legend({ lines, unit, threshold }: Pick<Props, "lines" | "unit" | "threshold">) {
  // Of many lines the latest values are enough to see; the chart's description has the others.
  const words = lines.length > FULL_LINES_MAX ? latestWords : summaryWords;
  return (
    <ul className={styles.legend}>
      {lines.map(({ name, points }, index) => (
        <li key={name}>
          <span className={styles.swatch} style={{ background: colorOf(index) }} aria-hidden="true" />
          <Box variant="small" color="inherit">
            {name}: {words(summaryOf(points), unit)}
          </Box>
        </li>
      ))}
      {threshold !== undefined && (
        <li>
          <span className={styles.swatch} style={{ background: THRESHOLD_COLOR }} aria-hidden="true" />
          <Box variant="small" color="inherit">
            {threshold.title}: {valueWords(threshold.value, unit)}
          </Box>
        </li>
      )}
    </ul>
  );
}

const THRESHOLD_COLOR = tokens.colorChartsThresholdNegative;
const COLORS = [
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
  tokens.colorChartsPaletteCategorical11,
  tokens.colorChartsPaletteCategorical12,
];

function colorOf(index: number): string {
  return COLORS[index % COLORS.length] as string;
}

function highestOf(lines: readonly Line[], threshold: number | undefined): number {
  return Math.max(threshold ?? 0, ...lines.map((line) => summaryOf(line.points)?.max ?? 0));
}

function lowestOf(lines: readonly Line[]): number {
  return Math.min(0, ...lines.map((line) => summaryOf(line.points)?.min ?? 0));
}
