/** A parameter group as commands of the AWS CLI, which make the same one elsewhere. */

import { quoted } from "./cliCommand";
import { callsOf } from "./parameters";

interface Group {
  name: string;
  family: string;
  description: string;
}

interface NamedValue {
  name: string;
  value: string;
}

/** The creation, then as many modifications as the values need. */
export function creationCommands(group: Group, values: readonly NamedValue[], region: string): string {
  // As JSON, for the CLI reads a description that begins with a hyphen or with file:// as something else.
  const input = {
    CacheParameterGroupName: group.name,
    CacheParameterGroupFamily: group.family,
    Description: group.description,
  };
  const creation = command("create-cache-parameter-group", [
    `--cli-input-json ${quoted(JSON.stringify(input))}`,
    `--region ${quoted(region)}`,
  ]);
  return [creation, ...modificationCommands(group.name, values, region)].join("\n");
}

export function modificationCommands(groupName: string, values: readonly NamedValue[], region: string): string[] {
  return callsOf(values).map((call) =>
    command("modify-cache-parameter-group", [
      `--cache-parameter-group-name ${quoted(groupName)}`,
      `--parameter-name-values ${quoted(JSON.stringify(call.map(pair)))}`,
      `--region ${quoted(region)}`,
    ]),
  );
}

/** As JSON, in which every value can be said: the CLI's shorthand has characters of its own. */
function pair({ name, value }: NamedValue) {
  return { ParameterName: name, ParameterValue: value };
}

function command(name: string, options: readonly string[]): string {
  return [`aws elasticache ${name}`, ...options].join(" \\\n  ");
}
