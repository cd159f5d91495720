import { expect, test } from "vitest";
import { createUserCommand, createUserGroupCommand, modifyUserCommand, modifyUserGroupCommand } from "./userCommands";

test("a creation is one command, with stars for each password", () => {
  const input = {
    UserId: "lea",
    UserName: "lea",
    Engine: "valkey",
    AccessString: "on ~it's:* +@all",
    AuthenticationMode: {
      Type: "password" as const,
      Passwords: ["a-password-of-24-letters", "another-one-of-24-letter"],
    },
  };

  expect(createUserCommand(input, "us-east-1")).toBe(
    [
      "aws elasticache create-user",
      "--user-id lea",
      "--user-name lea",
      "--engine valkey",
      "--access-string 'on ~it'\\''s:* +@all'",
      `--authentication-mode '{"Type":"password","Passwords":["********","********"]}'`,
      "--region us-east-1",
    ].join(" \\\n  "),
  );
});

test("what does not change is not said", () => {
  expect(modifyUserCommand({ UserId: "lea", AccessString: "-@all" }, "us-east-1")).toBe(
    "aws elasticache modify-user \\\n  --user-id lea \\\n  --access-string=-@all \\\n  --region us-east-1",
  );
  expect(modifyUserGroupCommand({ UserGroupId: "shop", UserIdsToAdd: ["a", "b"] }, "eu-west-1")).toBe(
    "aws elasticache modify-user-group \\\n  --user-group-id shop \\\n  --user-ids-to-add a b \\\n  --region eu-west-1",
  );
});

test("a user group of nobody names nobody", () => {
  expect(createUserGroupCommand({ UserGroupId: "shop", Engine: "valkey", UserIds: [] }, "us-east-1")).toBe(
    "aws elasticache create-user-group \\\n  --user-group-id shop \\\n  --engine valkey \\\n  --region us-east-1",
  );
});
