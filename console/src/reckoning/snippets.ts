/**
 * Programs that connect to a cache as it is: with a cluster's client where it is a cluster, with TLS where it speaks it,
 * with a name and a secret where it asks for them. The secret itself is never in them: it comes from the environment, or
 * is typed where nobody sees it.
 */

import { quoted as quotedForShell } from "./cliCommand";

export type SnippetClient = "redis-py" | "valkey-py" | "ioredis" | "cli";

export interface Connection {
  engine: string;
  /** True for a client that follows a cluster's map of slots. */
  isCluster: boolean;
  shardCount: number;
  address: string;
  /** For this kind of connection, plain or TLS. */
  port: number;
  /** Where reads may be a moment behind; absent where there is no such endpoint, or no replica. */
  readerAddress?: string;
  isEncrypted: boolean;
  /** What is sent besides the address: nothing, an AUTH token alone, or a user's name and password. */
  access: "open" | "AUTH token" | "users";
  /** As the engine knows the user; absent where none is chosen. */
  userName?: string;
}

export interface Snippet {
  client: SnippetClient;
  title: string;
  /** What is typed once before it. */
  preparation: string;
  program: string;
}

/** Written by `elastane ca`: what is trusted. */
export const CA_FILE = "elastane-ca.pem";
const SECRET_NAME = "CACHE_PASSWORD";
const USER_NAME = "YOUR-USER-NAME";

export function snippetsFor(connection: Connection): Snippet[] {
  return [redisPy(connection), valkeyPy(connection), ioredis(connection), commandLine(connection)];
}

function redisPy(connection: Connection): Snippet {
  const { isCluster } = connection;
  const imports = isCluster
    ? ["from redis.backoff import NoBackoff", "from redis.cluster import RedisCluster", "from redis.retry import Retry"]
    : ["import redis"];
  const options = [
    ...pythonOptions(connection),
    ...(isCluster ? ["retry=Retry(NoBackoff(), 1000),  # by default 10, which a failover may outlast"] : []),
  ];
  return {
    client: "redis-py",
    title: "redis-py",
    preparation: preparation("pip install redis", connection),
    program: pythonProgram(connection, imports, isCluster ? "RedisCluster" : "redis.Redis", options),
  };
}

function valkeyPy(connection: Connection): Snippet {
  const { isCluster, isEncrypted } = connection;
  const imports = isCluster
    ? [
        "from valkey.backoff import ExponentialBackoff",
        "from valkey.cluster import ValkeyCluster",
        "from valkey.retry import Retry",
      ]
    : ["import valkey"];
  const options = [
    ...pythonOptions(connection),
    ...(isEncrypted ? ["ssl_check_hostname=True,  # valkey-py leaves it off by itself"] : []),
    ...(isCluster
      ? [
          "cluster_error_retry_attempts=10,  # by default 3, which a failover may outlast",
          "retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), 3),",
        ]
      : []),
  ];
  return {
    client: "valkey-py",
    title: "valkey-py",
    preparation: preparation("pip install valkey", connection),
    program: pythonProgram(connection, imports, isCluster ? "ValkeyCluster" : "valkey.Valkey", options),
  };
}

function pythonOptions(connection: Connection): string[] {
  const { isCluster, isEncrypted, shardCount } = connection;
  return [
    `host=${quoted(connection.address)},`,
    `port=${connection.port},`,
    ...(isEncrypted ? ["ssl=True,", `ssl_ca_certs=${quoted(CA_FILE)},`] : []),
    ...pythonAccess(connection),
    // A cache of one shard and one replica would be forgotten after a failover: see connect-a-cluster-client.
    ...(isCluster && shardCount === 1 ? ["dynamic_startup_nodes=False,"] : []),
    "decode_responses=True,",
  ];
}

function pythonAccess(connection: Connection): string[] {
  const secret = `password=os.environ[${quoted(SECRET_NAME)}],`;
  if (connection.access === "open") return [];
  if (connection.access === "AUTH token") return [`${secret}  # the AUTH token`];
  return [`username=${quoted(connection.userName ?? USER_NAME)},`, secret];
}

function pythonProgram(connection: Connection, imports: string[], made: string, options: string[]): string {
  const { access, isCluster, readerAddress } = connection;
  const standard = access === "open" ? [] : ["import os", ""];
  const lines = [...standard, ...imports, "", `cache = ${made}(`, ...options.map((option) => `    ${option}`), ")"];
  lines.push('cache.set("greeting", "hello")', 'print(cache.get("greeting"))');
  if (isCluster) lines.push("# read_from_replicas=True lets replicas answer reads, which may be a moment behind.");
  else if (readerAddress !== undefined) {
    lines.push(`# Reads that may be a moment behind: the same with host=${quoted(readerAddress)}.`);
  }
  return lines.join("\n");
}

function ioredis(connection: Connection): Snippet {
  const { isCluster, isEncrypted, access, readerAddress } = connection;
  const place = `host: ${quoted(connection.address)}, port: ${connection.port}`;
  const options = [
    ...(isEncrypted ? [`tls: { ca: readFileSync(${quoted(CA_FILE)}) }`] : []),
    ...(access === "users" ? [`username: ${quoted(connection.userName ?? USER_NAME)}`] : []),
    ...(access === "open" ? [] : [`password: process.env.${SECRET_NAME}`]),
  ];
  const lines = [
    ...(isEncrypted ? ['import { readFileSync } from "node:fs";'] : []),
    'import Redis from "ioredis";',
    "",
  ];
  if (isCluster) {
    const rest = options.length === 0 ? "" : `, {\n  redisOptions: {\n    ${options.join(",\n    ")},\n  },\n}`;
    lines.push(`const cache = new Redis.Cluster([{ ${place} }]${rest});`);
  } else {
    lines.push("const cache = new Redis({", ...[place, ...options].map((option) => `  ${option},`), "});");
  }
  lines.push(
    'await cache.set("greeting", "hello");',
    'console.log(await cache.get("greeting"));',
    "await cache.quit();",
  );
  if (!isCluster && readerAddress !== undefined) {
    lines.push(`// Reads that may be a moment behind: the same with host: ${quoted(readerAddress)}.`);
  }
  return {
    client: "ioredis",
    title: "ioredis",
    preparation: preparation("npm install ioredis", connection),
    program: lines.join("\n"),
  };
}

function commandLine(connection: Connection): Snippet {
  const { isCluster, isEncrypted, access } = connection;
  const program = connection.engine === "redis" ? "redis-cli" : "valkey-cli";
  const words = [
    program,
    `-h ${connection.address} -p ${connection.port}`,
    ...(isCluster ? ["-c"] : []),
    ...(isEncrypted ? [`--tls --cacert ${CA_FILE}`] : []),
    ...(access === "users" ? [`--user ${quotedForShell(connection.userName ?? USER_NAME)}`] : []),
    ...(access === "open" ? [] : ["--askpass"]),
  ];
  return {
    client: "cli",
    title: program,
    preparation: isEncrypted ? `elastane ca > ${CA_FILE}` : "",
    program: words.join(" "),
  };
}

function preparation(install: string, { isEncrypted, access }: Connection): string {
  const lines = [install];
  if (isEncrypted) lines.push(`elastane ca > ${CA_FILE}`);
  if (access !== "open") lines.push(`read -rs ${SECRET_NAME} && export ${SECRET_NAME}`);
  return lines.join("\n");
}

/** As Python and JavaScript both read it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
