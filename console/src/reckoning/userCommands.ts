/** Calls about users and user groups as commands of the AWS CLI. Passwords are stars: one puts one's own there. */

import type {
  CreateUserCommandInput,
  CreateUserGroupCommandInput,
  ModifyUserCommandInput,
  ModifyUserGroupCommandInput,
} from "@aws-sdk/client-elasticache";
import { quoted, STARS } from "./cliCommand";

export function createUserCommand(input: CreateUserCommandInput, region: string): string {
  return command("create-user", region, [
    ["user-id", [input.UserId ?? ""]],
    ["user-name", [input.UserName ?? ""]],
    ["engine", [input.Engine ?? ""]],
    ["access-string", [input.AccessString ?? ""]],
    ["authentication-mode", authenticationWords(input.AuthenticationMode)],
  ]);
}

export function modifyUserCommand(input: ModifyUserCommandInput, region: string): string {
  return command("modify-user", region, [
    ["user-id", [input.UserId ?? ""]],
    ["engine", wordsOf(input.Engine)],
    ["access-string", wordsOf(input.AccessString)],
    ["authentication-mode", authenticationWords(input.AuthenticationMode)],
  ]);
}

export function createUserGroupCommand(input: CreateUserGroupCommandInput, region: string): string {
  return command("create-user-group", region, [
    ["user-group-id", [input.UserGroupId ?? ""]],
    ["engine", [input.Engine ?? ""]],
    ["user-ids", input.UserIds ?? []],
  ]);
}

export function modifyUserGroupCommand(input: ModifyUserGroupCommandInput, region: string): string {
  return command("modify-user-group", region, [
    ["user-group-id", [input.UserGroupId ?? ""]],
    ["engine", wordsOf(input.Engine)],
    ["user-ids-to-add", input.UserIdsToAdd ?? []],
    ["user-ids-to-remove", input.UserIdsToRemove ?? []],
  ]);
}

function wordsOf(text: string | undefined): string[] {
  return text === undefined ? [] : [text];
}

/** In JSON, for the CLI's own short form has no words for two passwords. */
function authenticationWords(mode: CreateUserCommandInput["AuthenticationMode"]): string[] {
  if (mode === undefined) return [];
  const starred = mode.Passwords === undefined ? {} : { Passwords: mode.Passwords.map(() => STARS) };
  return [JSON.stringify({ Type: mode.Type, ...starred })];
}

/** Options without a word are left out. A word that begins with a hyphen would be taken for an option of its own. */
function command(name: string, region: string, options: readonly [string, readonly string[]][]): string {
  const said = options.filter(([, words]) => words.length > 0);
  const lines = said.map(([option, [first = "", ...others]]) =>
    [`--${option}${first.startsWith("-") ? "=" : " "}${quoted(first)}`, ...others.map(quoted)].join(" "),
  );
  return [`aws elasticache ${name}`, ...lines, `--region ${quoted(region)}`].join(" \\\n  ");
}
