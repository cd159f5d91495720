/** The two logs of a cache, and where they go, in words. */

import type { LogDeliveryConfiguration } from "@aws-sdk/client-elasticache";
import type { LogType } from "../../../reckoning/logLines";

export const LOGS: readonly { type: LogType; title: string; sentence: string }[] = [
  { type: "slow-log", title: "Slow log", sentence: "Commands that took long, without the values in them." },
  { type: "engine-log", title: "Engine log", sentence: "What the engines write about themselves." },
];

export function logTitle(type: LogType): string {
  return LOGS.find((log) => log.type === type)?.title ?? type;
}

export function deliveryOf(
  deliveries: readonly LogDeliveryConfiguration[],
  type: LogType,
): LogDeliveryConfiguration | undefined {
  return deliveries.find(({ LogType: one }) => one === type);
}

export function logGroupOf(delivery: LogDeliveryConfiguration | undefined): string | undefined {
  return delivery?.DestinationDetails?.CloudWatchLogsDetails?.LogGroup;
}

/** AWS's delivery stream, which stands for a file here. */
export function fileOf(delivery: LogDeliveryConfiguration | undefined): string | undefined {
  return delivery?.DestinationDetails?.KinesisFirehoseDetails?.DeliveryStream;
}

export function fileWords(name: string): string {
  return name === "stdout" ? "the control plane's own output" : `log-deliveries/${name}.log in the data directory`;
}
