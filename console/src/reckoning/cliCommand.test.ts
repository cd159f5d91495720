import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { cliCommand, quoted } from "./cliCommand";
import { BLANK, type NewCache } from "./newCache";
import { completed } from "./newCacheCompleted";
import { inputOf } from "./newCacheInput";

const known = { versions: [{ Engine: "valkey", EngineVersion: "9.1" }], subnetGroups: [] };

function command(patch: Partial<NewCache>): string {
  return cliCommand(inputOf(completed({ ...BLANK, method: "standard", id: "shop", ...patch }, known)), "us-east-1");
}

/** The words that a shell makes of a command, as the program would be given them. */
function words(text: string): string[] {
  const printed = execFileSync("sh", ["-c", `set -- ${text}; for word; do printf '%s\\0' "$word"; done`]).toString();
  return printed.split("\0").slice(0, -1);
}

function wordAfter(option: string, text: string): string | undefined {
  const all = words(text);
  return all[all.indexOf(option) + 1];
}

describe("a shell hands on", () => {
  for (const text of [
    "plain",
    "two words",
    "it's",
    '"$HOME" `id` \\ ! #',
    "ümlaut €",
    "line\nbreak",
    "*",
    "~",
    "=ls",
  ]) {
    test(`${JSON.stringify(text)} to the letter`, () => {
      expect(words(quoted(text))).toEqual([text]);
    });
  }

  test("nothing as a word of its own", () => {
    expect(words(quoted(""))).toEqual([""]);
  });
});

describe("a command of the AWS CLI", () => {
  test("makes a Memcached cluster with a zone for each of its nodes", () => {
    const text = command({
      engine: "memcached",
      nodeCount: "2",
      zonePlan: "own",
      zones: [["us-east-1a", "us-east-1b"]],
    });

    expect(text).toMatch(/^aws elasticache create-cache-cluster /);
    expect(words(text)).toEqual(expect.arrayContaining(["--num-cache-nodes", "2", "--az-mode", "cross-az"]));
    expect(text).toContain("--preferred-availability-zones us-east-1a us-east-1b");
  });

  test("says what is on and what is off", () => {
    const text = command({ hasAutomaticFailover: true, isMultiAz: false });

    expect(words(text)).toContain("--automatic-failover-enabled");
    expect(words(text)).toContain("--no-multi-az-enabled");
  });

  test("has tags and logs as JSON that comes through a shell whole", () => {
    const tags = [{ key: "owner", value: "it's, me = {us}" }];

    expect(JSON.parse(wordAfter("--tags", command({ tags })) ?? "")).toEqual([
      { Key: "owner", Value: "it's, me = {us}" },
    ]);
  });

  test("lists security groups word by word", () => {
    const all = words(command({ securityGroups: ["sg-1", "sg-2"] }));

    expect(all.slice(all.indexOf("--security-group-ids"), all.indexOf("--security-group-ids") + 3)).toEqual([
      "--security-group-ids",
      "sg-1",
      "sg-2",
    ]);
  });

  test("never has the AUTH token in it", () => {
    const text = command({ encryption: "required", access: "token", authToken: "a-token-of-this-test" });

    expect(text).not.toContain("a-token-of-this-test");
    expect(wordAfter("--auth-token", text)).toBe("********");
  });

  test("binds a value that begins with a hyphen to its option", () => {
    expect(words(command({ description: "-v" }))).toContain("--replication-group-description=-v");
  });

  test("keeps the CLI from reading a file that a description seems to name", () => {
    const text = command({ description: "file:///etc/passwd" });

    expect(words(text)).not.toContain("file:///etc/passwd");
    expect(JSON.parse(wordAfter("--cli-input-json", text) ?? "")).toEqual({
      ReplicationGroupDescription: "file:///etc/passwd",
    });
  });

  test("names the region, which a shell may have otherwise", () => {
    expect(wordAfter("--region", command({}))).toBe("us-east-1");
  });

  test("makes a cache cluster where there is no replication", () => {
    expect(command({ form: "cache-cluster" })).toMatch(
      /^aws elasticache create-cache-cluster \\\n {2}--cache-cluster-id shop/,
    );
  });
});

test("what the table of options does not have is refused rather than left out", () => {
  const call = {
    action: "CreateCacheCluster",
    input: { CacheClusterId: "shop", OutpostMode: "single-outpost" },
  } as const;

  expect(() => cliCommand(call, "us-east-1")).toThrow("OutpostMode");
});
