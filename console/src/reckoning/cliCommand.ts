/**
 * A call of the API as a command of the AWS CLI, which a POSIX shell hands on to the letter. Secrets are stars: a command
 * is pasted into chats and kept in a shell's history.
 */

import type { CreateCall } from "./newCacheInput";

/** How each member is said. A member that has no row cannot be said, which `cliCommand` refuses and a test looks for. */
const OPTIONS: Record<string, { option: string; kind: "text" | "flag" | "list" | "json" }> = {
  ReplicationGroupId: { option: "replication-group-id", kind: "text" },
  ReplicationGroupDescription: { option: "replication-group-description", kind: "text" },
  CacheClusterId: { option: "cache-cluster-id", kind: "text" },
  NumCacheNodes: { option: "num-cache-nodes", kind: "text" },
  Engine: { option: "engine", kind: "text" },
  EngineVersion: { option: "engine-version", kind: "text" },
  CacheNodeType: { option: "cache-node-type", kind: "text" },
  Port: { option: "port", kind: "text" },
  CacheParameterGroupName: { option: "cache-parameter-group-name", kind: "text" },
  ClusterMode: { option: "cluster-mode", kind: "text" },
  NumCacheClusters: { option: "num-cache-clusters", kind: "text" },
  PreferredCacheClusterAZs: { option: "preferred-cache-cluster-azs", kind: "list" },
  PreferredAvailabilityZone: { option: "preferred-availability-zone", kind: "text" },
  PreferredAvailabilityZones: { option: "preferred-availability-zones", kind: "list" },
  AZMode: { option: "az-mode", kind: "text" },
  NumNodeGroups: { option: "num-node-groups", kind: "text" },
  ReplicasPerNodeGroup: { option: "replicas-per-node-group", kind: "text" },
  NodeGroupConfiguration: { option: "node-group-configuration", kind: "json" },
  AutomaticFailoverEnabled: { option: "automatic-failover-enabled", kind: "flag" },
  MultiAZEnabled: { option: "multi-az-enabled", kind: "flag" },
  CacheSubnetGroupName: { option: "cache-subnet-group-name", kind: "text" },
  SecurityGroupIds: { option: "security-group-ids", kind: "list" },
  TransitEncryptionEnabled: { option: "transit-encryption-enabled", kind: "flag" },
  TransitEncryptionMode: { option: "transit-encryption-mode", kind: "text" },
  AuthToken: { option: "auth-token", kind: "text" },
  UserGroupIds: { option: "user-group-ids", kind: "list" },
  PreferredMaintenanceWindow: { option: "preferred-maintenance-window", kind: "text" },
  NotificationTopicArn: { option: "notification-topic-arn", kind: "text" },
  AutoMinorVersionUpgrade: { option: "auto-minor-version-upgrade", kind: "flag" },
  LogDeliveryConfigurations: { option: "log-delivery-configurations", kind: "json" },
  Tags: { option: "tags", kind: "json" },
};

const COMMANDS = { CreateReplicationGroup: "create-replication-group", CreateCacheCluster: "create-cache-cluster" };
const SECRETS = new Set(["AuthToken"]);
export const STARS = "********";

/** A text that begins so would not be sent by the CLI: it sends what is in the file, or at the address. */
const READ_BY_THE_CLI = /^(file|fileb|https?):\/\//;

export function cliCommand({ action, input }: CreateCall, region: string): string {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const isRead = ([, value]: [string, unknown]) => typeof value === "string" && READ_BY_THE_CLI.test(value);
  const read = given.filter(isRead);
  const lines = given.filter((entry) => !isRead(entry)).map(([member, value]) => optionLine(member, value));
  if (read.length > 0) lines.push(`--cli-input-json ${quoted(JSON.stringify(Object.fromEntries(read)))}`);
  return [`aws elasticache ${COMMANDS[action]}`, ...lines, `--region ${quoted(region)}`].join(" \\\n  ");
}

/** One word of a POSIX shell, quoted only where it has to be. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_@+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function optionLine(member: string, value: unknown): string {
  const row = OPTIONS[member];
  if (row === undefined) throw new Error(`${member} has no option in the table of the AWS CLI's options`);
  const option = `--${row.option}`;
  switch (row.kind) {
    case "flag":
      return value === true ? option : `--no-${row.option}`;
    case "list":
      return `${option} ${(value as string[]).map(quoted).join(" ")}`;
    case "json":
      return `${option} ${quoted(JSON.stringify(value))}`;
    case "text": {
      const text = SECRETS.has(member) ? STARS : String(value);
      // A word that begins with a hyphen would be taken for an option of its own.
      return `${option}${text.startsWith("-") ? "=" : " "}${quoted(text)}`;
    }
  }
}
