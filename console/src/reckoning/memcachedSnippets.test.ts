import { describe, expect, test } from "vitest";
import { type MemcachedClient, type MemcachedConnection, memcachedSnippetsFor } from "./memcachedSnippets";

const PLAIN: MemcachedConnection = {
  configuration: { address: "127.88.48.30", port: 11211 },
  nodes: [
    { address: "127.88.1.1", port: 11211 },
    { address: "127.88.1.2", port: 11211 },
  ],
  isEncrypted: false,
};
const TLS = { ...PLAIN, isEncrypted: true };

function snippet(client: MemcachedClient, connection: MemcachedConnection) {
  const found = memcachedSnippetsFor(connection).find((one) => one.client === client);
  if (found === undefined) throw new Error(`there is no snippet for ${client}`);
  return found;
}

test("pymemcache learns of the nodes at the configuration endpoint", () => {
  expect(snippet("pymemcache", PLAIN).program).toBe(
    [
      "from pymemcache.client.base import Client",
      "from pymemcache.client.hash import HashClient",
      "",
      'CONFIGURATION_ENDPOINT = ("127.88.48.30", 11211)',
      "",
      "",
      "def find_nodes():",
      '    """The version of the list is on a line of its own; then come host|ip|port of each node."""',
      "    client = Client(CONFIGURATION_ENDPOINT, timeout=5)",
      '    reply = client.raw_command("config get cluster", end_tokens="\\n\\r\\nEND\\r\\n")',
      "    client.close()",
      '    nodes = (node.split("|") for node in reply.decode().splitlines()[-1].split())',
      "    return [(host, int(port)) for host, _, port in nodes]",
      "",
      "",
      "cache = HashClient(find_nodes(), timeout=5)",
      'cache.set("greeting", "hello")',
      'print(cache.get("greeting"))',
      "# Nodes come and go: ask again every minute, and make another HashClient where the answer is another one.",
    ].join("\n"),
  );
});

test("clients that know auto discovery are told the configuration endpoint, and no node", () => {
  for (const client of ["elastipymemcache", "node"] as const) {
    const { program } = snippet(client, PLAIN);
    expect(program).toContain('"127.88.48.30:11211"');
    for (const { address } of PLAIN.nodes) expect(program).not.toContain(address);
  }
});

test("a plain client is told every node", () => {
  const { program } = snippet("pylibmc", PLAIN);

  for (const { address, port } of PLAIN.nodes) expect(program).toContain(`"${address}:${port}"`);
  expect(program).not.toContain(PLAIN.configuration.address);
});

describe("with encryption", () => {
  test("every program trusts the installation's authority, and says how to have its certificate", () => {
    for (const { client, preparation, program } of memcachedSnippetsFor(TLS)) {
      expect(preparation, client).toContain("elastane ca > elastane-ca.pem");
      expect(program, client).toContain("elastane-ca.pem");
    }
  });

  test("clients that know no TLS are left out", () => {
    expect(memcachedSnippetsFor(TLS).map(({ client }) => client)).toEqual(["pymemcache", "elastipymemcache", "shell"]);
  });
});
