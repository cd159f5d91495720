import { CreateLogGroupCommand, ResourceAlreadyExistsException } from "@aws-sdk/client-cloudwatch-logs";
import {
  type LogDeliveryConfigurationRequest,
  ModifyCacheClusterCommand,
  ModifyReplicationGroupCommand,
} from "@aws-sdk/client-elasticache";
import type { Aws } from "../aws";
import type { Form } from "../caches";
import type { Options } from "../questions/useQuestion";
import type { LogType } from "../reckoning/logLines";
import { type Change, useChange } from "./useChange";

export interface LogDeliveryChange {
  cache: { form: Form; id: string };
  logType: LogType;
  /** Null switches the delivery off. */
  delivery: LogDelivery | null;
}

export interface LogDelivery {
  /** A log group, or a file in the data directory for which AWS's delivery stream stands. */
  destination: "log-group" | "file";
  name: string;
  format: "json" | "text";
  /** Whether the log group is made first. */
  isNew?: boolean;
}

/** Where one log of a cache is delivered. It is applied at once, as AWS wants it; the other log stays as it is. */
export function useChangeLogDelivery(): Change<LogDeliveryChange, true> {
  return useChange<LogDeliveryChange, true>({
    ask: async (aws, { cache, logType, delivery }, options) => {
      if (delivery?.destination === "log-group" && delivery.isNew) await makeLogGroup(aws, delivery.name, options);
      const changed = {
        ApplyImmediately: true,
        LogDeliveryConfigurations: [{ LogType: logType, ...requestOf(delivery) }],
      };
      if (cache.form === "replication-group") {
        await aws.elasticache.send(
          new ModifyReplicationGroupCommand({ ReplicationGroupId: cache.id, ...changed }),
          options,
        );
      } else {
        await aws.elasticache.send(new ModifyCacheClusterCommand({ CacheClusterId: cache.id, ...changed }), options);
      }
      return true;
    },
    said: ({ logType, delivery }) => {
      const log = logType === "slow-log" ? "slow log" : "engine log";
      return delivery === null ? `The ${log} is no longer delivered.` : `The ${log} is delivered to ${delivery.name}.`;
    },
  });
}

function requestOf(delivery: LogDelivery | null): Omit<LogDeliveryConfigurationRequest, "LogType"> {
  if (delivery === null) return { Enabled: false };
  const { destination, name, format } = delivery;
  return {
    Enabled: true,
    LogFormat: format,
    DestinationType: destination === "log-group" ? "cloudwatch-logs" : "kinesis-firehose",
    DestinationDetails:
      destination === "log-group"
        ? { CloudWatchLogsDetails: { LogGroup: name } }
        : { KinesisFirehoseDetails: { DeliveryStream: name } },
  };
}

/** Somebody may have made it meanwhile: then it is there, which is all that is wanted. */
async function makeLogGroup({ logs }: Aws, name: string, options: Options): Promise<void> {
  try {
    await logs.send(new CreateLogGroupCommand({ logGroupName: name }), options);
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
  }
}
