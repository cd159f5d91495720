// Writes at the primary endpoint, reads at the reader endpoint, and says what it saw as one line of JSON.
// Usage: node write_and_read.js PRIMARY READER PORT
const Redis = require("ioredis");

const [primaryHost, readerHost, port] = process.argv.slice(2);

async function main() {
  const primary = new Redis({ host: primaryHost, port: Number(port) });
  const reader = new Redis({ host: readerHost, port: Number(port) });
  const wrote = await primary.set("greeting", "hello from ioredis");
  await primary.wait(1, 2000);
  const read = await reader.get("greeting");
  const roles = [(await primary.role())[0], (await reader.role())[0]];
  console.log(JSON.stringify({ wrote, read, roles }));
  primary.disconnect();
  reader.disconnect();
}

main().catch((error) => {
  console.error(String(error));
  process.exit(1);
});
