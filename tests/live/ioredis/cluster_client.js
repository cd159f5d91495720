// A client of a cluster with ioredis' defaults: one command a line of JSON in, one answer a line of JSON out, in turn.
// Usage: node cluster_client.js CONFIGURATION_ENDPOINT PORT; it ends when its input does.
const readline = require("readline");
const Redis = require("ioredis");

const [host, port] = process.argv.slice(2);
const cluster = new Redis.Cluster([{ host, port: Number(port) }]);
// What a connection says of itself is no error of a command's: without a listener ioredis prints it.
cluster.on("error", () => {});

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [command, ...parts] = JSON.parse(line);
    let answer;
    try {
      answer = { reply: await cluster.call(command, ...parts) };
    } catch (error) {
      answer = { error: String(error) };
    }
    console.log(JSON.stringify(answer));
  }
  cluster.disconnect();
}

main();
