import { expect, test } from "vitest";
import { creationCommands, modificationCommands } from "./parameterCommands";

const GROUP = { name: "tuned", family: "valkey9", description: "Anna's: evicts $anything" };
const REGION = "eu-central-1";

test("a group without changes is one command", () => {
  expect(creationCommands(GROUP, [], REGION)).toBe(
    [
      "aws elasticache create-cache-parameter-group \\",
      '  --cli-input-json \'{"CacheParameterGroupName":"tuned","CacheParameterGroupFamily":"valkey9",' +
        "\"Description\":\"Anna'\\''s: evicts $anything\"}' \\",
      "  --region eu-central-1",
    ].join("\n"),
  );
});

test("a value that a shell would read is quoted", () => {
  const [command] = modificationCommands("tuned", [{ name: "notify-keyspace-events", value: "E$" }], REGION);
  expect(command).toContain(`'[{"ParameterName":"notify-keyspace-events","ParameterValue":"E$"}]'`);
});

test("more than twenty values are several commands", () => {
  const values = Array.from({ length: 21 }, (_, index) => ({ name: `parameter-${index}`, value: "1" }));
  const commands = modificationCommands("tuned", values, REGION);
  expect(commands).toHaveLength(2);
  expect(commands[1]).toContain("parameter-20");
  expect(creationCommands(GROUP, values, REGION).match(/aws elasticache/g)).toHaveLength(3);
});
