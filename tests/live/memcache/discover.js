// A client with auto discovery: finds the nodes, writes to all of them, and says so; when their list has changed, again.
// At standard input's end it stops.
//
//     node discover.js <configuration endpoint> [legacy]
const { Memcache } = require("memcache");

const [endpoint, spelling] = process.argv.slice(2);
const KEYS = 200;
const client = new Memcache({
  nodes: [],
  autoDiscover: {
    enabled: true,
    configEndpoint: endpoint,
    pollingInterval: 50,
    useLegacyCommand: spelling === "legacy",
  },
});

async function writeAndRead(config) {
  let right = 0;
  for (let number = 0; number < KEYS; number += 1) {
    await client.set(`key-${number}`, `value-${number}`);
  }
  for (let number = 0; number < KEYS; number += 1) {
    right += (await client.get(`key-${number}`)) === `value-${number}` ? 1 : 0;
  }
  const addresses = config.nodes.map((node) => node.ip);
  process.stdout.write(`${JSON.stringify({ version: config.version, addresses, right })}\n`);
}

async function main() {
  client.on("autoDiscoverError", (error) => process.stderr.write(`${error.stack}\n`));
  const first = new Promise((resolve) => client.once("autoDiscover", resolve));
  client.on("autoDiscoverUpdate", (config) => setImmediate(() => writeAndRead(config)));
  await client.connect();
  await writeAndRead(await first);
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await client.quit();
    process.exit(0);
  });
}

main();
