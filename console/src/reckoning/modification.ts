/**
 * What a person changed in the form, as a list of "from → to", and as the parameters of the call: only what differs is
 * sent, so that a form that was open for a while takes nobody else's change back.
 */

import type {
  LogDeliveryConfigurationRequest,
  ModifyCacheClusterMessage,
  ModifyReplicationGroupMessage,
} from "@aws-sdk/client-elasticache";
import type { Subject } from "../caches";
import type { LogType } from "./logLines";
import { engineTitle } from "./upgrades";
import { parseMaintenanceWindow, windowInWords } from "./windows";

/** The parameters of ModifyReplicationGroup and, as far as it has them, of ModifyCacheCluster: they have the same names. */
export type Modifications = Omit<ModifyReplicationGroupMessage, "ReplicationGroupId"> &
  Pick<ModifyCacheClusterMessage, "ScaleConfig" | "NumCacheNodes">;

export const LOG_TYPES: readonly LogType[] = ["slow-log", "engine-log"];
export const LOG_TITLES: Record<LogType, string> = { "slow-log": "Slow log", "engine-log": "Engine log" };

export interface LogDelivery {
  isOn: boolean;
  destinationType: "cloudwatch-logs" | "kinesis-firehose";
  destination: string;
  format: "json" | "text";
}

/** How a Memcached cluster comes to another node type: in batches, for its nodes come back empty. */
export interface Scaling {
  /** Of the nodes, in one batch; at least one. */
  percentage: number;
  intervalMinutes: number;
}

/** AWS's, where a call says nothing of it. */
export const USUAL_SCALING: Scaling = { percentage: 20, intervalMinutes: 5 };

/** What the form has, whether it was changed or not. */
export interface Wanted {
  description: string;
  engine: string;
  version: string;
  nodeType: string;
  /** Counts where the node type of a Memcached cluster is changed. */
  scaling: Scaling;
  parameterGroup: string;
  maintenanceWindow: string;
  /** No snapshot is taken in it yet, but it must not overlap the maintenance window. */
  snapshotWindow: string;
  /** Empty for none. */
  topicArn: string;
  isTopicActive: boolean;
  autoMinorVersionUpgrade: boolean;
  automaticFailover: boolean;
  multiAz: boolean;
  logs: Record<LogType, LogDelivery>;
}

export function presentOf({ cache, group, cluster }: Subject, version: string): Wanted {
  const logs = (group ?? cluster)?.LogDeliveryConfigurations ?? [];
  return {
    description: group?.Description ?? "",
    engine: cache.engine,
    version,
    nodeType: cache.nodeType,
    scaling: USUAL_SCALING,
    parameterGroup: cluster?.CacheParameterGroup?.CacheParameterGroupName ?? "",
    maintenanceWindow: cluster?.PreferredMaintenanceWindow ?? "",
    snapshotWindow: (group ?? cluster)?.SnapshotWindow ?? "",
    topicArn: cluster?.NotificationConfiguration?.TopicArn ?? "",
    isTopicActive: cluster?.NotificationConfiguration?.TopicStatus !== "inactive",
    autoMinorVersionUpgrade: (group ?? cluster)?.AutoMinorVersionUpgrade === true,
    automaticFailover: cache.hasAutomaticFailover,
    multiAz: cache.isMultiAz,
    logs: { "slow-log": delivery("slow-log"), "engine-log": delivery("engine-log") },
  };

  function delivery(type: LogType): LogDelivery {
    const shown = logs.find((one) => one.LogType === type && one.Status !== "disabling");
    const { CloudWatchLogsDetails, KinesisFirehoseDetails } = shown?.DestinationDetails ?? {};
    return {
      isOn: shown !== undefined,
      destinationType: shown?.DestinationType === "kinesis-firehose" ? "kinesis-firehose" : "cloudwatch-logs",
      destination: CloudWatchLogsDetails?.LogGroup ?? KinesisFirehoseDetails?.DeliveryStream ?? "",
      format: shown?.LogFormat === "text" ? "text" : "json",
    };
  }
}

export interface Difference {
  what: string;
  from: string;
  to: string;
  /** Whether it may wait for the maintenance window; everything else is done at once. */
  mayWait: boolean;
}

export function differences(present: Wanted, wanted: Wanted): Difference[] {
  const found: Difference[] = [];
  const compare = (what: string, from: string, to: string, mayWait = false) => {
    if (from !== to) found.push({ what, from: from || "none", to: to || "none", mayWait });
  };
  compare("Description", present.description, wanted.description);
  compare("Engine", engineTitle(present.engine, present.version), engineTitle(wanted.engine, wanted.version), true);
  compare("Node type", present.nodeType, wanted.nodeType, true);
  if (isScaled(present, wanted)) compare("Batches", scalingWords(present.scaling), scalingWords(wanted.scaling), true);
  const followsEngine = present.engine !== wanted.engine || present.version !== wanted.version;
  compare("Parameter group", present.parameterGroup, wanted.parameterGroup, followsEngine);
  compare("Automatic failover", onOff(present.automaticFailover), onOff(wanted.automaticFailover));
  compare("Multi-AZ", onOff(present.multiAz), onOff(wanted.multiAz));
  compare("Maintenance window", windowWords(present), windowWords(wanted));
  compare("Snapshot window", present.snapshotWindow, wanted.snapshotWindow);
  compare(
    "Minor upgrades by themselves",
    onOff(present.autoMinorVersionUpgrade),
    onOff(wanted.autoMinorVersionUpgrade),
  );
  compare("Topic told of events", present.topicArn, wanted.topicArn);
  if (wanted.topicArn !== "") {
    compare("Messages to the topic", onOff(present.isTopicActive), onOff(wanted.isTopicActive));
  }
  for (const type of LOG_TYPES) compare(LOG_TITLES[type], logWords(present.logs[type]), logWords(wanted.logs[type]));
  return found;
}

/** What is sent: the differences, and nothing else. */
export function modificationsOf(present: Wanted, wanted: Wanted, isImmediate: boolean): Modifications {
  const sent: Modifications = { ApplyImmediately: isImmediate };
  const isOtherEngine = wanted.engine !== present.engine || wanted.version !== present.version;
  if (wanted.description !== present.description) sent.ReplicationGroupDescription = wanted.description;
  if (isOtherEngine) Object.assign(sent, { Engine: wanted.engine, EngineVersion: wanted.version });
  if (wanted.nodeType !== present.nodeType) sent.CacheNodeType = wanted.nodeType;
  if (isScaled(present, wanted) && scalingWords(present.scaling) !== scalingWords(wanted.scaling)) {
    const { percentage, intervalMinutes } = wanted.scaling;
    sent.ScaleConfig = { ScalePercentage: percentage, ScaleIntervalMinutes: intervalMinutes };
  }
  if (wanted.parameterGroup !== present.parameterGroup) sent.CacheParameterGroupName = wanted.parameterGroup;
  if (wanted.automaticFailover !== present.automaticFailover) sent.AutomaticFailoverEnabled = wanted.automaticFailover;
  if (wanted.multiAz !== present.multiAz) sent.MultiAZEnabled = wanted.multiAz;
  if (wanted.maintenanceWindow !== present.maintenanceWindow) {
    sent.PreferredMaintenanceWindow = wanted.maintenanceWindow;
  }
  if (wanted.snapshotWindow !== present.snapshotWindow) sent.SnapshotWindow = wanted.snapshotWindow;
  if (wanted.autoMinorVersionUpgrade !== present.autoMinorVersionUpgrade) {
    sent.AutoMinorVersionUpgrade = wanted.autoMinorVersionUpgrade;
  }
  if (wanted.topicArn !== present.topicArn) sent.NotificationTopicArn = wanted.topicArn;
  if (wanted.topicArn !== "" && wanted.isTopicActive !== present.isTopicActive) {
    sent.NotificationTopicStatus = wanted.isTopicActive ? "active" : "inactive";
  }
  const logs = LOG_TYPES.filter((type) => logWords(present.logs[type]) !== logWords(wanted.logs[type]));
  if (logs.length > 0) sent.LogDeliveryConfigurations = logs.map((type) => logRequest(type, wanted.logs[type]));
  return sent;
}

function isScaled(present: Wanted, wanted: Wanted): boolean {
  return wanted.engine === "memcached" && wanted.nodeType !== present.nodeType;
}

function scalingWords({ percentage, intervalMinutes }: Scaling): string {
  return `${percentage} % of the nodes, ${intervalMinutes} minutes apart`;
}

/** AWS makes a change of log delivery at once or not at all. */
export function changesLogs(present: Wanted, wanted: Wanted): boolean {
  return LOG_TYPES.some((type) => logWords(present.logs[type]) !== logWords(wanted.logs[type]));
}

function logRequest(type: LogType, { isOn, destinationType, destination, format }: LogDelivery) {
  const request: LogDeliveryConfigurationRequest = { LogType: type };
  if (!isOn) return { ...request, Enabled: false };
  const details =
    destinationType === "cloudwatch-logs"
      ? { CloudWatchLogsDetails: { LogGroup: destination } }
      : { KinesisFirehoseDetails: { DeliveryStream: destination } };
  return {
    ...request,
    Enabled: true,
    DestinationType: destinationType,
    DestinationDetails: details,
    LogFormat: format,
  };
}

function logWords({ isOn, destinationType, destination, format }: LogDelivery): string {
  if (!isOn) return "not delivered";
  const where = destinationType === "cloudwatch-logs" ? "log group" : "stream";
  return `${where} ${destination || "?"}, as ${format === "json" ? "JSON" : "text"}`;
}

function windowWords({ maintenanceWindow }: Wanted): string {
  const window = parseMaintenanceWindow(maintenanceWindow);
  return window === undefined ? maintenanceWindow : windowInWords(window);
}

function onOff(isOn: boolean): string {
  return isOn ? "on" : "off";
}
