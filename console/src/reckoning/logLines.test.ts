import { describe, expect, it } from "vitest";
import { parseEngineLine, parseSlowCommand, parseStreamName, prettyMessage, streamPrefixes } from "./logLines";

const ORDERS = { form: "replication-group", id: "orders" } as const;

describe("a line of the slow log", () => {
  it("is read as JSON", () => {
    const message =
      '{"CacheClusterId":"orders-001","CacheNodeId":"0001","Id":2,"Timestamp":1796007072,"Duration (us)":28939,' +
      '"Command":"SORT ... (2 more arguments)","ClientAddress":"127.0.0.1:53460","ClientName":"shop"}';
    expect(parseSlowCommand(message)).toEqual({
      nodeId: "orders-001",
      durationMicroseconds: 28939,
      command: "SORT ... (2 more arguments)",
      client: "shop (127.0.0.1:53460)",
    });
  });

  it("is read as text, also with a comma in the client's name", () => {
    const message = "orders-001,0001,1796007072,28939,SORT ... (2 more arguments),127.0.0.1:53460,a,b";
    expect(parseSlowCommand(message)).toEqual({
      nodeId: "orders-001",
      durationMicroseconds: 28939,
      command: "SORT ... (2 more arguments)",
      client: "a,b (127.0.0.1:53460)",
    });
    expect(parseSlowCommand("orders-001,0001,1,5,PING,[::1]:53460,")?.client).toBe("[::1]:53460");
  });

  it("that is something else is not taken for one", () => {
    expect(parseSlowCommand("a line of an application")).toBeUndefined();
    expect(parseSlowCommand('{"level":"info"}')).toBeUndefined();
    expect(parseSlowCommand("{broken")).toBeUndefined();
  });
});

describe("a line of the engine's log", () => {
  it("is read as text", () => {
    expect(parseEngineLine("orders-001/0001:M 29 Oct 2020 20:12:20.499 UTC * DB saved on disk")).toEqual({
      nodeId: "orders-001",
      level: "NOTICE",
      role: "primary",
      message: "DB saved on disk",
    });
  });

  it("is read as JSON, with all lines of its message", () => {
    const message = JSON.stringify({ CacheClusterId: "orders-002", LogLevel: "WARNING", Role: "S", Message: "a\nb" });
    expect(parseEngineLine(message)).toEqual({
      nodeId: "orders-002",
      level: "WARNING",
      role: "replica",
      message: "a\nb",
    });
  });

  it("that is something else is not taken for one", () => {
    expect(parseEngineLine("hello")).toBeUndefined();
    expect(parseEngineLine("[1,2]")).toBeUndefined();
  });
});

describe("a log stream", () => {
  const name = (nodeId: string) => `elasticache/valkey/${nodeId}/0001/slow-log`;

  it("is of the cache whose nodes' names it has, with and without shards, and of a helper", () => {
    for (const nodeId of ["orders-001", "orders-0002-003", "orders--0001"]) {
      expect(parseStreamName(name(nodeId), ORDERS)).toEqual({ name: name(nodeId), nodeId, logType: "slow-log" });
    }
  });

  it("is not of a cache whose name only begins so", () => {
    for (const nodeId of ["orders-old-001", "orders2-001", "orders", "orders-001-x"]) {
      expect(parseStreamName(name(nodeId), ORDERS)).toBeUndefined();
    }
    expect(parseStreamName("elasticache/valkey/orders-001/0001/other", ORDERS)).toBeUndefined();
    expect(parseStreamName("application", ORDERS)).toBeUndefined();
  });

  it("of a cache cluster has its own name", () => {
    const alone = { form: "cache-cluster", id: "single" } as const;
    expect(parseStreamName(name("single"), alone)?.nodeId).toBe("single");
    expect(parseStreamName(name("single-001"), alone)).toBeUndefined();
    expect(streamPrefixes(alone)).toContain("elasticache/valkey/single/");
    expect(streamPrefixes(ORDERS)).toContain("elasticache/redis/orders-");
  });
});

it("shows JSON with a line for each member, and text as it is", () => {
  expect(prettyMessage('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(prettyMessage("plain")).toBe("plain");
});
