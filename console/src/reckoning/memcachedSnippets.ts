/**
 * Programs that connect to a Memcached cluster: those that learn of its nodes at the configuration endpoint, and those
 * that are told of them. A client that knows no TLS is not offered where the cluster knows nothing else.
 */

import { CA_FILE } from "./snippets";

export type MemcachedClient = "pymemcache" | "elastipymemcache" | "pylibmc" | "node" | "shell";

export interface MemcachedAddress {
  address: string;
  port: number;
}

export interface MemcachedConnection {
  configuration: MemcachedAddress;
  nodes: readonly MemcachedAddress[];
  isEncrypted: boolean;
}

export interface MemcachedSnippet {
  client: MemcachedClient;
  title: string;
  /** What it does about nodes that come and go. */
  about: string;
  preparation: string;
  program: string;
}

const DISCOVERS = "Learns of the nodes by auto discovery, at the configuration endpoint.";
const IS_TOLD = "Is told of the nodes, as they are now. Where some are added or removed, it has to be told again.";

export function memcachedSnippetsFor(connection: MemcachedConnection): MemcachedSnippet[] {
  const knowingTls = [pymemcache(connection), elastipymemcache(connection)];
  const others = connection.isEncrypted ? [] : [node(connection), pylibmc(connection)];
  return [...knowingTls, ...others, shell(connection)];
}

/** Of pymemcache's releases none has a client for auto discovery: what it takes are the lines of `find_nodes`. */
function pymemcache({ configuration, isEncrypted }: MemcachedConnection): MemcachedSnippet {
  const tls = isEncrypted ? ", tls_context=TLS" : "";
  return {
    client: "pymemcache",
    title: "pymemcache",
    about: DISCOVERS,
    preparation: preparation(["pip install pymemcache"], isEncrypted),
    program: [
      ...(isEncrypted ? ["import ssl", ""] : []),
      "from pymemcache.client.base import Client",
      "from pymemcache.client.hash import HashClient",
      "",
      `CONFIGURATION_ENDPOINT = (${quoted(configuration.address)}, ${configuration.port})`,
      ...(isEncrypted ? [`TLS = ssl.create_default_context(cafile=${quoted(CA_FILE)})`] : []),
      "",
      "",
      "def find_nodes():",
      '    """The version of the list is on a line of its own; then come host|ip|port of each node."""',
      `    client = Client(CONFIGURATION_ENDPOINT, timeout=5${tls})`,
      '    reply = client.raw_command("config get cluster", end_tokens="\\n\\r\\nEND\\r\\n")',
      "    client.close()",
      '    nodes = (node.split("|") for node in reply.decode().splitlines()[-1].split())',
      "    return [(host, int(port)) for host, _, port in nodes]",
      "",
      "",
      `cache = HashClient(find_nodes(), timeout=5${tls})`,
      'cache.set("greeting", "hello")',
      'print(cache.get("greeting"))',
      "# Nodes come and go: ask again every minute, and make another HashClient where the answer is another one.",
    ].join("\n"),
  };
}

/** pymemcache's AWSElastiCacheHashClient, which no release of pymemcache has, in a package of its own. */
function elastipymemcache({ configuration, isEncrypted }: MemcachedConnection): MemcachedSnippet {
  const endpoint = quoted(`${configuration.address}:${configuration.port}`);
  return {
    client: "elastipymemcache",
    title: "django-elastipymemcache",
    about: `${DISCOVERS} It has pymemcache's AWSElastiCacheHashClient, and needs no Django project.`,
    preparation: preparation(["pip install django-elastipymemcache"], isEncrypted),
    program: [
      ...(isEncrypted ? ["import ssl", ""] : []),
      "from django_elastipymemcache.client import AWSElastiCacheClient",
      "",
      ...(isEncrypted ? [`tls = ssl.create_default_context(cafile=${quoted(CA_FILE)})`] : []),
      "cache = AWSElastiCacheClient(",
      `    ${endpoint},`,
      "    timeout=5,",
      "    discovery_interval=60,  # asks for the list again every minute",
      ...(isEncrypted ? ["    tls_context=tls,"] : []),
      ")",
      'cache.set("greeting", "hello")',
      'print(cache.get("greeting"))',
    ].join("\n"),
  };
}

function pylibmc({ nodes }: MemcachedConnection): MemcachedSnippet {
  return {
    client: "pylibmc",
    title: "pylibmc",
    about: IS_TOLD,
    preparation: "pip install pylibmc",
    program: [
      "import pylibmc",
      "",
      "cache = pylibmc.Client(",
      ...listed(nodes, "    ["),
      '    behaviors={"ketama": True, "tcp_nodelay": True},  # consistent hashing: few keys move with a node',
      ")",
      'cache["greeting"] = "hello"',
      'print(cache["greeting"])',
    ].join("\n"),
  };
}

function node({ configuration: { address, port } }: MemcachedConnection): MemcachedSnippet {
  return {
    client: "node",
    title: "Node.js",
    about: DISCOVERS,
    preparation: "npm install memcache",
    program: [
      'import { Memcache } from "memcache";',
      "",
      "const cache = new Memcache({",
      "  nodes: [],",
      `  autoDiscover: { enabled: true, configEndpoint: ${quoted(`${address}:${port}`)}, pollingInterval: 60000 },`,
      "});",
      "await cache.connect();",
      'await cache.set("greeting", "hello");',
      'console.log(await cache.get("greeting"));',
      "await cache.quit();",
    ].join("\n"),
  };
}

/** The list that clients are told, as it is on the wire. */
function shell({ configuration: { address, port }, isEncrypted }: MemcachedConnection): MemcachedSnippet {
  const connected = isEncrypted
    ? `openssl s_client -quiet -verify_return_error -CAfile ${CA_FILE} -connect ${address}:${port}`
    : `nc ${address} ${port}`;
  return {
    client: "shell",
    title: "Shell",
    about: "Shows what clients are told: the version of the list, and host|ip|port of each node.",
    preparation: preparation([], isEncrypted),
    program: `printf 'config get cluster\\r\\nquit\\r\\n' | ${connected}`,
  };
}

function listed(nodes: readonly MemcachedAddress[], opening: string): string[] {
  const indent = " ".repeat(opening.length - 1);
  return [
    opening,
    ...nodes.map(({ address, port }) => `${indent}${indent.slice(0, 4)}${quoted(`${address}:${port}`)},`),
    `${indent}],`,
  ];
}

function preparation(lines: readonly string[], isEncrypted: boolean): string {
  return [...lines, ...(isEncrypted ? [`elastane ca > ${CA_FILE}`] : [])].join("\n");
}

/** As Python and JavaScript both read it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
