// Writes and reads many keys by TLS, trusting one authority and checking names; says what it saw as one line of JSON.
// Usage: node tls_client.js one|cluster HOST PORT CA_FILE
const fs = require("fs");
const Redis = require("ioredis");

const [kind, host, port, caFile] = process.argv.slice(2);
const COUNT = 200;

async function main() {
  const tls = { ca: fs.readFileSync(caFile) };
  const client =
    kind === "cluster"
      ? new Redis.Cluster([{ host, port: Number(port) }], { redisOptions: { tls } })
      : new Redis({ host, port: Number(port), tls });
  let wrote = 0;
  let read = 0;
  for (let number = 0; number < COUNT; number++) {
    if ((await client.set(`io:${number}`, `value ${number}`)) === "OK") wrote++;
  }
  for (let number = 0; number < COUNT; number++) {
    if ((await client.get(`io:${number}`)) === `value ${number}`) read++;
  }
  const nodes = kind === "cluster" ? client.nodes() : [client];
  const is_encrypted = nodes.every((node) => node.status !== "ready" || node.stream.encrypted === true);
  console.log(JSON.stringify({ wrote, read, is_encrypted }));
  client.disconnect();
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
