/**
 * The commands and categories that an access string may name, for each engine: the control plane's own table, which the
 * API checks with too, so that there are no two truths about a command.
 */

import table from "../../../src/elastane/catalog/commands.toml?raw";

export type UserEngine = "valkey" | "redis";

export interface Vocabulary {
  /** Name, ``get`` or ``client|list``, to the first engine version that has it. */
  commands: ReadonlyMap<string, string>;
  categories: ReadonlySet<string>;
  /** Commands that no customer may use; of one with subcommands, all but those in `permitted`. */
  forbidden: ReadonlySet<string>;
  permitted: ReadonlySet<string>;
  /** The engine's first version with users, as AWS counts. */
  oldestVersion: string;
  /** The engine's last version, where there will be no other. */
  newestVersion?: string;
}

export function vocabulary(engine: UserEngine): Vocabulary {
  return engine === "valkey" ? VALKEY : REDIS;
}

/** Of one line's form, ``name = [ "text", … ]``, which is all that the table has beside comments and headings. */
export function listsOf(toml: string): Map<string, string[]> {
  const lists = new Map<string, string[]>();
  const bare = toml.replaceAll(/#.*$/gm, "");
  for (const [, name = "", inside = ""] of bare.matchAll(/^"?([\w.]+)"?\s*=\s*\[([^\]]*)\]/gm)) {
    lists.set(
      name,
      [...inside.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text),
    );
  }
  return lists;
}

/** Is ``7.0`` older than ``7.2``? Below 0 where it is. */
export function compareVersions(one: string, other: string): number {
  const left = one.split(".").map(Number);
  const right = other.split(".").map(Number);
  for (let place = 0; place < Math.max(left.length, right.length); place += 1) {
    const difference = (left[place] ?? 0) - (right[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const LISTS = listsOf(table);

function listNamed(name: string): string[] {
  const list = LISTS.get(name);
  if (list === undefined) throw new Error(`commands.toml has no list named ${name}`);
  return list;
}

const COMMANDS = new Map(
  [...LISTS].flatMap(([version, names]) => (/^[0-9]/.test(version) ? names.map((name) => [name, version]) : [])) as [
    string,
    string,
  ][],
);

const BOTH = {
  commands: COMMANDS,
  categories: new Set(listNamed("categories")),
  forbidden: new Set(listNamed("forbidden")),
  permitted: new Set(listNamed("permitted")),
};

const VALKEY: Vocabulary = { ...BOTH, oldestVersion: "7.2" };

/** Redis OSS ends with the last version that AWS has of it. */
const REDIS: Vocabulary = { ...BOTH, oldestVersion: "6.0", newestVersion: "7.1" };
