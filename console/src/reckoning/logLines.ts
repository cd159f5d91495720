/**
 * What stands in a cache's delivered logs, taken apart for a table. Both logs come in two formats, and a line of neither
 * (an application's, in the same log group) is shown as it is.
 */

import type { Form } from "../caches";

export type LogType = "slow-log" | "engine-log";

export interface SlowCommand {
  nodeId: string;
  durationMicroseconds: number;
  command: string;
  client: string;
}

export interface EngineLine {
  nodeId: string;
  level: string;
  /** ``primary``, ``replica``, ``child``, or empty where nobody knows. */
  role: string;
  message: string;
}

/** Undefined for what is no line of a slow log. */
export function parseSlowCommand(message: string): SlowCommand | undefined {
  const found = objectIn(message);
  if (found !== undefined) {
    const duration = found["Duration (us)"];
    if (typeof duration !== "number") return undefined;
    const [address, name] = [textOf(found.ClientAddress), textOf(found.ClientName)];
    return {
      nodeId: textOf(found.CacheClusterId),
      durationMicroseconds: duration,
      command: textOf(found.Command),
      client: clientWords(address, name),
    };
  }
  // cluster,node,timestamp,duration,command,client address,client name – of these only the name may hold a comma.
  const parts = /^([^,]+),\d{4},\d+,(\d+),(.*?),([^,]*:\d+),(.*)$/s.exec(message);
  if (parts === null) return undefined;
  const [, nodeId = "", duration = "", command = "", address = "", name = ""] = parts;
  return { nodeId, durationMicroseconds: Number(duration), command, client: clientWords(address, name) };
}

/** Undefined for what is no line of an engine's log. */
export function parseEngineLine(message: string): EngineLine | undefined {
  const found = objectIn(message);
  if (found !== undefined) {
    if (typeof found.Message !== "string") return undefined;
    return {
      nodeId: textOf(found.CacheClusterId),
      level: textOf(found.LogLevel),
      role: ROLES[textOf(found.Role)] ?? "",
      message: found.Message,
    };
  }
  // cluster/node:M 29 Oct 2020 20:12:20.499 UTC * message
  const parts = /^([^/\s]+)\/\d{4}:([A-Z]) .*? UTC ([.\-*#]) (.*)$/s.exec(message);
  if (parts === null) return undefined;
  const [, nodeId = "", role = "", mark = "", said = ""] = parts;
  return { nodeId, level: LEVELS[mark] ?? "", role: ROLES[role] ?? "", message: said };
}

const ROLES: Record<string, string> = { M: "primary", S: "replica", C: "child" };
const LEVELS: Record<string, string> = { ".": "VERBOSE", "-": "VERBOSE", "*": "NOTICE", "#": "WARNING" };

export interface LogStreamName {
  name: string;
  nodeId: string;
  logType: LogType;
}

/** The beginnings of the names of a cache's streams. Its engine may have been the other one before. */
export function streamPrefixes(cache: { form: Form; id: string }): string[] {
  const after = cache.form === "replication-group" ? "-" : "/";
  return ["valkey", "redis"].map((engine) => `elasticache/${engine}/${cache.id}${after}`);
}

/** Undefined for a stream that is of another cache or none: `orders-old-001` is no node of `orders`. */
export function parseStreamName(name: string, cache: { form: Form; id: string }): LogStreamName | undefined {
  const [first, , nodeId = "", , logType, ...rest] = name.split("/");
  if (first !== "elasticache" || rest.length > 0) return undefined;
  if (logType !== "slow-log" && logType !== "engine-log") return undefined;
  return isNodeOf(nodeId, cache) ? { name, nodeId, logType } : undefined;
}

/** Also of one that has left, or that helped out while another one was replaced (`orders--0001`). */
function isNodeOf(nodeId: string, { form, id }: { form: Form; id: string }): boolean {
  if (form === "cache-cluster") return nodeId === id;
  return nodeId.startsWith(id) && /^-(\d{3}|\d{4}-\d{3}|-\d+)$/.test(nodeId.slice(id.length));
}

/** An event as JSON with each member on a line of its own, or as it is. */
export function prettyMessage(message: string): string {
  const found = objectIn(message);
  return found === undefined ? message : JSON.stringify(found, null, 2);
}

function objectIn(message: string): Record<string, unknown> | undefined {
  if (!message.startsWith("{")) return undefined;
  try {
    const found: unknown = JSON.parse(message);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function clientWords(address: string, name: string): string {
  return name === "" ? address : `${name} (${address})`;
}
