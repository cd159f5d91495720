/** Alarms in words: what is watched, and when one goes off. */

import type { ComparisonOperator, Dimension, MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { ONLY_NODE_ID } from "../caches";
import { counted } from "../words/numbers";
import { span } from "../words/times";
import { type KnownMetric, knownMetric, type MetricUnit, NAMESPACE, statisticWord } from "./metricCatalog";
import { valueWords } from "./metricSeries";

/** What an alarm is made of, whether it is there or only being written. */
export type AlarmLike = Pick<
  MetricAlarm,
  | "Namespace"
  | "MetricName"
  | "Dimensions"
  | "Statistic"
  | "ExtendedStatistic"
  | "Period"
  | "Metrics"
  | "ComparisonOperator"
  | "Threshold"
  | "EvaluationPeriods"
  | "DatapointsToAlarm"
  | "TreatMissingData"
  | "Unit"
>;

export const COMPARISONS: readonly { value: ComparisonOperator; words: string; sign: string }[] = [
  { value: "GreaterThanThreshold", words: "above", sign: ">" },
  { value: "GreaterThanOrEqualToThreshold", words: "at or above", sign: "≥" },
  { value: "LessThanThreshold", words: "below", sign: "<" },
  { value: "LessThanOrEqualToThreshold", words: "at or below", sign: "≤" },
];

export const MISSING_DATA: readonly { value: string; label: string; sentence: string }[] = [
  {
    value: "missing",
    label: "Insufficient data",
    sentence: "Where nothing at all is measured, it comes to insufficient data.",
  },
  { value: "notBreaching", label: "Good", sentence: "Where nothing is measured, that counts as good." },
  { value: "breaching", label: "Bad", sentence: "Where nothing is measured, that counts as bad." },
  { value: "ignore", label: "No change", sentence: "Where nothing is measured, it stays as it is." },
];

/** The metric that an alarm watches, also one that is not in the catalogue; undefined for metric math. */
export function watchedMetric({
  Namespace,
  MetricName,
  Statistic,
  ExtendedStatistic,
  Unit,
}: AlarmLike): KnownMetric | undefined {
  if (MetricName === undefined) return undefined;
  const known = Namespace === NAMESPACE ? knownMetric(MetricName) : undefined;
  if (known !== undefined) return known;
  return {
    name: MetricName,
    title: MetricName,
    sentence: Namespace ?? "",
    unit: isUnit(Unit) ? Unit : "None",
    statistic: Statistic ?? ExtendedStatistic ?? "Average",
    namespace: Namespace,
  };
}

export function statisticOf({ Statistic, ExtendedStatistic }: AlarmLike): string {
  return Statistic ?? ExtendedStatistic ?? "Average";
}

/** ``orders-001``; ``node 0002 of sessions``; ``shard 0002 of wide``; ``replicas of wide``; of others what they are called by. */
export function whoWords(dimensions: readonly Dimension[] | undefined): string {
  const value = (name: string) => dimensions?.find(({ Name }) => Name === name)?.Value;
  const node = value("CacheClusterId");
  const number = value("CacheNodeId");
  if (node !== undefined) return number === undefined || number === ONLY_NODE_ID ? node : `node ${number} of ${node}`;
  const group = value("ReplicationGroupId");
  if (group !== undefined) {
    const shard = value("NodeGroupId");
    if (shard !== undefined) return `shard ${shard} of ${group}`;
    const role = value("Role");
    if (role !== undefined) return `${role === "Primary" ? "primaries" : "replicas"} of ${group}`;
    return `all nodes of ${group}`;
  }
  const named = (dimensions ?? []).map(({ Name, Value }) => `${Name} ${Value}`);
  return named.length === 0 ? "no dimensions" : named.join(", ");
}

/** The id of the cache that an alarm is about, or of the node where only that is known. */
export function cacheOf({ Dimensions, Metrics }: AlarmLike): string {
  const dimensions = Dimensions ?? [];
  const every = [...dimensions, ...(Metrics ?? []).flatMap((query) => query.MetricStat?.Metric?.Dimensions ?? [])];
  const found = every.find(({ Name }) => Name === "ReplicationGroupId" || Name === "CacheClusterId");
  return found?.Value ?? "";
}

/** ``Hit rate``, or the expression. */
export function watchedWords(alarm: AlarmLike): string {
  const metric = watchedMetric(alarm);
  if (metric !== undefined) return metric.title;
  const returned = alarm.Metrics?.find(({ ReturnData }) => ReturnData !== false);
  return returned?.Label ?? returned?.Expression ?? "Metric math";
}

/** ``average < 80 % in 3 of 5 minutes``, for a table. */
export function conditionWords(alarm: AlarmLike): string {
  const comparison = COMPARISONS.find(({ value }) => value === alarm.ComparisonOperator);
  const statistic = alarm.MetricName === undefined ? "" : `${statisticWord(statisticOf(alarm))} `;
  return `${statistic}${comparison?.sign ?? alarm.ComparisonOperator} ${thresholdWords(alarm)} ${periodsWords(alarm)}`;
}

/** When it goes off, in a sentence. */
export function alarmSentence(alarm: AlarmLike): string {
  const comparison = COMPARISONS.find(({ value }) => value === alarm.ComparisonOperator);
  const what =
    alarm.MetricName === undefined
      ? `“${watchedWords(alarm)}”`
      : `the ${statisticWord(statisticOf(alarm))} of “${watchedWords(alarm)}”${placeWords(alarm.Dimensions)}`;
  const missing = MISSING_DATA.find(({ value }) => value === (alarm.TreatMissingData ?? "missing"));
  const is = comparison?.words ?? alarm.ComparisonOperator;
  return `It goes off when ${what} is ${is} ${thresholdWords(alarm)} ${periodsWords(alarm)}. ${missing?.sentence ?? ""}`.trim();
}

/** An application's own metric may be of nobody in particular. */
function placeWords(dimensions: readonly Dimension[] | undefined): string {
  return dimensions === undefined || dimensions.length === 0 ? "" : ` at ${whoWords(dimensions)}`;
}

export function thresholdWords(alarm: AlarmLike): string {
  return valueWords(alarm.Threshold ?? 0, watchedMetric(alarm)?.unit ?? "None");
}

/** ``for a minute``; ``for 5 minutes in a row``; ``in 3 of 5 periods of 5 min``. */
export function periodsWords(alarm: AlarmLike): string {
  const period = alarm.Period ?? mathPeriod(alarm);
  const count = alarm.EvaluationPeriods ?? 1;
  const needed = alarm.DatapointsToAlarm ?? count;
  const noun = NOUNS[period];
  if (count === 1) return noun === undefined ? `for ${span(period)}` : `for ${noun === "hour" ? "an" : "a"} ${noun}`;
  const periods = noun === undefined ? `${count} periods of ${span(period)}` : counted(count, noun);
  return needed === count ? `for ${periods} in a row` : `in ${needed} of ${periods}`;
}

const NOUNS: Record<number, string> = { 60: "minute", 3600: "hour", 86400: "day" };

function mathPeriod({ Metrics }: AlarmLike): number {
  for (const { Period, MetricStat } of Metrics ?? []) {
    const found = Period ?? MetricStat?.Period;
    if (found !== undefined) return found;
  }
  return 60;
}

function isUnit(unit: string | undefined): unit is MetricUnit {
  return unit !== undefined && ["Percent", "Bytes", "Count", "Seconds", "Microseconds", "None"].includes(unit);
}
