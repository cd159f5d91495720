import { describe, expect, test } from "vitest";
import { type Connection, type SnippetClient, snippetsFor } from "./snippets";

const OPEN: Connection = {
  engine: "valkey",
  isCluster: false,
  shardCount: 1,
  address: "127.88.48.10",
  port: 6379,
  isEncrypted: false,
  access: "open",
};
const CLUSTER = { ...OPEN, isCluster: true, shardCount: 3 };
const USERS: Connection = { ...OPEN, isEncrypted: true, access: "users", userName: "lea" };

function programOf(client: SnippetClient, connection: Connection): string {
  const found = snippetsFor(connection).find((snippet) => snippet.client === client);
  if (found === undefined) throw new Error(`there is no snippet for ${client}`);
  return found.program;
}

test("an open cache needs an address and a port, and nothing is imported in vain", () => {
  expect(programOf("redis-py", OPEN)).toBe(
    [
      "import redis",
      "",
      "cache = redis.Redis(",
      '    host="127.88.48.10",',
      "    port=6379,",
      "    decode_responses=True,",
      ")",
      'cache.set("greeting", "hello")',
      'print(cache.get("greeting"))',
    ].join("\n"),
  );
  expect(programOf("cli", OPEN)).toBe("valkey-cli -h 127.88.48.10 -p 6379");
});

test("every client of a cluster is one that follows its map of slots", () => {
  expect(programOf("redis-py", CLUSTER)).toContain("cache = RedisCluster(");
  expect(programOf("valkey-py", CLUSTER)).toContain("cache = ValkeyCluster(");
  expect(programOf("ioredis", CLUSTER)).toContain("new Redis.Cluster([{");
  expect(programOf("cli", CLUSTER)).toMatch(/ -c$/);
});

test("a cluster of one shard is asked for at its endpoint again, for its nodes may all be new", () => {
  expect(programOf("redis-py", { ...CLUSTER, shardCount: 1 })).toContain("dynamic_startup_nodes=False");
  expect(programOf("redis-py", CLUSTER)).not.toContain("dynamic_startup_nodes");
  expect(programOf("redis-py", OPEN)).not.toContain("dynamic_startup_nodes");
});

describe("with TLS", () => {
  const encrypted = { ...OPEN, isEncrypted: true };

  test("the installation's authority is trusted, in every client", () => {
    for (const { client, program, preparation } of snippetsFor(encrypted)) {
      expect(program, client).toContain("elastane-ca.pem");
      expect(preparation, client).toContain("elastane ca > elastane-ca.pem");
    }
  });

  test("no client leaves the check of certificates or names off", () => {
    expect(programOf("valkey-py", encrypted)).toContain("ssl_check_hostname=True");
    for (const { program } of snippetsFor(encrypted)) {
      expect(program).not.toMatch(/insecure|rejectUnauthorized|CERT_NONE|check_hostname=False/);
    }
  });

  test("a cluster's nodes are connected to by TLS, too", () => {
    const program = programOf("ioredis", { ...CLUSTER, isEncrypted: true });
    expect(program).toMatch(/redisOptions: \{\n {4}tls: \{ ca: readFileSync\("elastane-ca.pem"\) \}/);
  });
});

describe("a secret", () => {
  test("comes from the environment, or is typed where nobody sees it", () => {
    for (const connection of [USERS, { ...USERS, access: "AUTH token" } as const]) {
      expect(programOf("redis-py", connection)).toContain('password=os.environ["CACHE_PASSWORD"]');
      expect(programOf("valkey-py", connection)).toContain('password=os.environ["CACHE_PASSWORD"]');
      expect(programOf("ioredis", connection)).toContain("password: process.env.CACHE_PASSWORD");
      expect(programOf("cli", connection)).toMatch(/ --askpass$/);
    }
  });

  test("goes with a name where users are let in, and without one where it is an AUTH token", () => {
    expect(programOf("redis-py", USERS)).toContain('username="lea"');
    expect(programOf("ioredis", USERS)).toContain('username: "lea"');
    expect(programOf("cli", USERS)).toContain("--user lea ");
    for (const { program } of snippetsFor({ ...USERS, access: "AUTH token" })) expect(program).not.toMatch(/user/i);
  });

  test("is not asked for by an open cache", () => {
    for (const { program } of snippetsFor(OPEN)) expect(program).not.toMatch(/passw|askpass|import os/);
  });
});

test("a name that a shell would take apart is quoted", () => {
  expect(programOf("cli", { ...USERS, userName: "it's $HOME" })).toContain(`--user 'it'\\''s $HOME' `);
});

test("the reader endpoint is told of where there is one", () => {
  expect(programOf("redis-py", { ...OPEN, readerAddress: "127.88.48.11" })).toContain('host="127.88.48.11"');
  expect(programOf("ioredis", { ...OPEN, readerAddress: "127.88.48.11" })).toContain('host: "127.88.48.11"');
});

test("the command line is the engine's own", () => {
  expect(programOf("cli", { ...OPEN, engine: "redis" })).toMatch(/^redis-cli /);
});
