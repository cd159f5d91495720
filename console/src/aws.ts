/**
 * The one way out: everything the console asks or changes is a signed call of the public API, which came to the browser
 * from the same address as these pages. There is no private entrance, no cookie, and nobody else is talked to.
 */

import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { SNSClient } from "@aws-sdk/client-sns";
import { STSClient } from "@aws-sdk/client-sts";
import { ElastaneClient } from "./elastane";
import type { AccessKey } from "./session";

/** How long an answer is waited for: the API itself gives up an action after thirty seconds. */
export const ANSWER_SECONDS = 35;

export interface Aws {
  settings: ClientSettings;
  elasticache: ElastiCacheClient;
  cloudwatch: CloudWatchClient;
  logs: CloudWatchLogsClient;
  sns: SNSClient;
  sts: STSClient;
  elastane: ElastaneClient;
}

/** For a client that is made later, because it is large and seldom needed. */
export interface ClientSettings {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
  systemClockOffset: number;
}

export function settingsFor(key: AccessKey, endpoint: string): ClientSettings {
  return {
    endpoint,
    region: key.region,
    credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    // Who asks again is whoever asked the question (`questions/`), and says so to the person who waits.
    maxAttempts: 1,
    systemClockOffset: key.clockAheadMs,
  };
}

export function awsFor(key: AccessKey, endpoint: string): Aws {
  const settings = settingsFor(key, endpoint);
  return {
    settings,
    elasticache: new ElastiCacheClient(settings),
    cloudwatch: new CloudWatchClient(settings),
    logs: new CloudWatchLogsClient(settings),
    sns: new SNSClient(settings),
    sts: new STSClient(settings),
    elastane: new ElastaneClient({ endpoint, key }),
  };
}

/** What every call is given, so that none is waited for without an end; `stopped` ends it when nobody looks any more. */
export function deadline(stopped?: AbortSignal): { abortSignal: AbortSignal } {
  const late = AbortSignal.timeout(ANSWER_SECONDS * 1000);
  return { abortSignal: stopped === undefined ? late : AbortSignal.any([stopped, late]) };
}
