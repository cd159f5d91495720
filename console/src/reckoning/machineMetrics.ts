/** The metrics of the machine that its nodes share: the same of every engine. */

import type { KnownMetric } from "./metricCatalog";

export const MACHINE_CPU: KnownMetric = {
  name: "CPUUtilization",
  title: "CPU of the machine",
  sentence: "All processors of the machine, which its nodes share.",
  unit: "Percent",
  statistic: "Average",
};

export const MACHINE_MEMORY: KnownMetric = {
  name: "FreeableMemory",
  title: "Free memory of the machine",
  sentence: "What programs could still have; its nodes share it.",
  unit: "Bytes",
  statistic: "Minimum",
};

export const MACHINE_SWAP: KnownMetric = {
  name: "SwapUsage",
  title: "Swap used by the machine",
  sentence: "An engine whose memory is swapped out is slow.",
  unit: "Bytes",
  statistic: "Maximum",
};
