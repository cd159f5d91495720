/** An alarm as it is being written in the form: what is typed, what is wrong with it, and the call that comes of it. */

import type {
  ComparisonOperator,
  Dimension,
  MetricAlarm,
  PutMetricAlarmCommandInput,
  StandardUnit,
  Statistic,
} from "@aws-sdk/client-cloudwatch";
import { statisticOf, watchedMetric, whoWords } from "./alarmWords";
import { type KnownMetric, type MetricUnit, NAMESPACE, type Together } from "./metricCatalog";
import type { LineSubject } from "./metricQueries";

export interface AlarmDraft {
  name: string;
  description: string;
  metric: KnownMetric;
  /** Empty until somebody chooses whose metric it is. */
  dimensions: readonly Dimension[];
  statistic: string;
  comparison: ComparisonOperator;
  /** As it is typed, in the chosen unit. */
  threshold: string;
  /** What the typed number is multiplied by: 1024 for KiB. */
  factor: number;
  periodSeconds: number;
  evaluationPeriods: string;
  datapointsToAlarm: string;
  missingData: string;
  /** Topics' ARNs. */
  onAlarm: readonly string[];
  onOk: readonly string[];
  onInsufficientData: readonly string[];
  isTold: boolean;
  /** Kept as they were, since the form has no field for them. */
  kept: { unit?: StandardUnit; lowSampleCount?: string };
}

export type Field = "name" | "description" | "dimensions" | "threshold" | "evaluationPeriods" | "datapointsToAlarm";

/** What an alarm can look at; below a minute only some. */
export const ALARM_PERIODS: readonly number[] = [10, 20, 30, 60, 300, 900, 3600, 6 * 3600, 86_400];
const DAY_SECONDS = 86_400;

export function newDraft(metric: KnownMetric, watched: LineSubject | undefined): AlarmDraft {
  const isLow = metric.name === "CacheHitRate" || metric.name === "FreeableMemory";
  return {
    name: watched === undefined ? "" : suggestedName(watched.name, metric),
    description: "",
    metric,
    dimensions: watched?.dimensions ?? [],
    statistic: metric.statistic,
    comparison: isLow ? "LessThanThreshold" : "GreaterThanThreshold",
    threshold: "",
    factor: thresholdUnits(metric.unit)[0]?.factor ?? 1,
    periodSeconds: 60,
    evaluationPeriods: "5",
    datapointsToAlarm: "3",
    // No reads means no hit rate: an idle cache is not a bad one.
    missingData: metric.name === "CacheHitRate" ? "notBreaching" : "missing",
    onAlarm: [],
    onOk: [],
    onInsufficientData: [],
    isTold: true,
    kept: {},
  };
}

export function suggestedName(who: string, metric: KnownMetric): string {
  return `${who.replaceAll(" ", "-")}-${metric.title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
}

/** With another metric: its usual statistic, side and units; whose it is stays, where that metric is told of it, too. */
export function withMetric(draft: AlarmDraft, metric: KnownMetric): AlarmDraft {
  const dimensions = isToldOf(metric, draft.dimensions) ? draft.dimensions : [];
  const usual = newDraft(metric, undefined);
  const { statistic, comparison, factor, missingData } = usual;
  const periodSeconds = Math.max(draft.periodSeconds, metric.finestSeconds ?? 0);
  const changed = { ...draft, metric, dimensions, statistic, comparison, factor, missingData, periodSeconds };
  return { ...changed, threshold: "", name: renamed(draft, changed) };
}

/** Every metric is told of single nodes, and of nodes together only some. */
function isToldOf(metric: KnownMetric, dimensions: readonly Dimension[]): boolean {
  const has = (name: string) => dimensions.some(({ Name }) => Name === name);
  if (has("CacheClusterId")) return true;
  if (!has("ReplicationGroupId")) return false;
  const kind: Together = has("NodeGroupId") ? "shard" : has("Role") ? "role" : "group";
  return metric.together?.includes(kind) === true;
}

export function withDimensions(draft: AlarmDraft, dimensions: readonly Dimension[]): AlarmDraft {
  const changed = { ...draft, dimensions };
  return { ...changed, name: renamed(draft, changed) };
}

/** A name that was only suggested follows what is watched; a typed one stays. */
function renamed(before: AlarmDraft, after: AlarmDraft): string {
  const suggested = (draft: AlarmDraft) =>
    draft.dimensions.length === 0 ? "" : suggestedName(whoWords(draft.dimensions), draft.metric);
  return before.name === suggested(before) ? suggested(after) : before.name;
}

/** Undefined for one that the form cannot write: metric math. */
export function draftOf(alarm: MetricAlarm): AlarmDraft | undefined {
  const metric = watchedMetric(alarm);
  if (metric === undefined) return undefined;
  const threshold = alarm.Threshold ?? 0;
  const units = thresholdUnits(metric.unit);
  const unit = units.findLast(({ factor }) => Math.abs(threshold) >= factor && isShort(threshold / factor)) ?? units[0];
  const factor = unit?.factor ?? 1;
  return {
    name: alarm.AlarmName ?? "",
    description: alarm.AlarmDescription ?? "",
    metric,
    dimensions: alarm.Dimensions ?? [],
    statistic: statisticOf(alarm),
    comparison: alarm.ComparisonOperator ?? "GreaterThanThreshold",
    threshold: String(threshold / factor),
    factor,
    periodSeconds: alarm.Period ?? 60,
    evaluationPeriods: String(alarm.EvaluationPeriods ?? 1),
    datapointsToAlarm: String(alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods ?? 1),
    missingData: alarm.TreatMissingData ?? "missing",
    onAlarm: alarm.AlarmActions ?? [],
    onOk: alarm.OKActions ?? [],
    onInsufficientData: alarm.InsufficientDataActions ?? [],
    isTold: alarm.ActionsEnabled ?? true,
    kept: { unit: alarm.Unit, lowSampleCount: alarm.EvaluateLowSampleCountPercentile },
  };
}

/** Units that a threshold can be typed in, smallest first. */
export function thresholdUnits(unit: MetricUnit): { label: string; factor: number }[] {
  if (unit === "Bytes") {
    return ["bytes", "KiB", "MiB", "GiB"].map((label, power) => ({ label, factor: 1024 ** power }));
  }
  if (unit === "Microseconds") return [{ label: "µs", factor: 1 }, { label: "ms", factor: 1000 }]; // biome-ignore format: a table
  return [{ label: unit === "Percent" ? "%" : unit === "Seconds" ? "s" : "", factor: 1 }];
}

/** What the API would refuse, said before it has to. */
export function problemsOf(draft: AlarmDraft): Partial<Record<Field, string>> {
  const problems: Partial<Record<Field, string>> = {};
  const count = wholeNumber(draft.evaluationPeriods);
  const needed = wholeNumber(draft.datapointsToAlarm);
  if (!/^[\x20-\x7e]{1,255}$/.test(draft.name)) problems.name = "Up to 255 letters, digits and signs of ASCII.";
  if (draft.description.length > 1024) problems.description = "Up to 1,024 characters.";
  if (draft.dimensions.length === 0 && draft.metric.namespace === undefined) problems.dimensions = "Choose one.";
  if (draft.threshold.trim() === "" || !Number.isFinite(Number(draft.threshold))) problems.threshold = "A number.";
  if (count === undefined) problems.evaluationPeriods = "A whole number, 1 at least.";
  else if (count * draft.periodSeconds > daysMax(draft.periodSeconds) * DAY_SECONDS) {
    const days = daysMax(draft.periodSeconds);
    problems.evaluationPeriods = `All periods together may be ${days === 1 ? "a day" : "a week"} long at most.`;
  }
  if (needed === undefined) problems.datapointsToAlarm = "A whole number, 1 at least.";
  else if (count !== undefined && needed > count) problems.datapointsToAlarm = "Not more than there are periods.";
  return problems;
}

/** The call, of a draft without problems. */
export function inputOf(draft: AlarmDraft): PutMetricAlarmCommandInput {
  const isPercentile = !SIMPLE.has(draft.statistic);
  return {
    AlarmName: draft.name,
    AlarmDescription: draft.description === "" ? undefined : draft.description,
    Namespace: draft.metric.namespace ?? NAMESPACE,
    MetricName: draft.metric.name,
    Dimensions: [...draft.dimensions],
    Statistic: isPercentile ? undefined : (draft.statistic as Statistic),
    ExtendedStatistic: isPercentile ? draft.statistic : undefined,
    Period: draft.periodSeconds,
    ComparisonOperator: draft.comparison,
    Threshold: Number(draft.threshold) * draft.factor,
    EvaluationPeriods: wholeNumber(draft.evaluationPeriods),
    DatapointsToAlarm: wholeNumber(draft.datapointsToAlarm),
    TreatMissingData: draft.missingData,
    ActionsEnabled: draft.isTold,
    AlarmActions: [...draft.onAlarm],
    OKActions: [...draft.onOk],
    InsufficientDataActions: [...draft.onInsufficientData],
    Unit: draft.kept.unit,
    EvaluateLowSampleCountPercentile: isPercentile ? draft.kept.lowSampleCount : undefined,
  };
}

const SIMPLE = new Set(["Average", "Maximum", "Minimum", "Sum", "SampleCount"]);

function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d{1,6}$/.test(trimmed) && Number(trimmed) >= 1 ? Number(trimmed) : undefined;
}

/** AWS's bound: longer where the period is an hour or more. */
function daysMax(periodSeconds: number): number {
  return periodSeconds >= 3600 ? 7 : 1;
}

/** Whether it can be typed as it is, without a long tail of digits. */
function isShort(value: number): boolean {
  return String(value).length <= 8;
}
