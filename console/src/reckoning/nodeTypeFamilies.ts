/**
 * Which node types a new cache may have. The API tells of all there are, with their memory, and refuses some of them for a
 * new cache; it has no action that says which, so this table does, and a test holds it against the catalog.
 */

import type { NodeType } from "../questions/useNodeTypes";
import type { EngineName } from "./newCache";

/** No new nodes are made of these. */
export const PREVIOUS_GENERATION: ReadonlySet<string> = new Set(["t1", "m1", "m2", "m3", "c1", "r3"]);
export const WITHOUT_REDIS: ReadonlySet<string> = new Set(["m8g", "r8g", "c8gn"]);
/** AWS: encryption in transit of Memcached takes r4, m4, t3 and newer ones. Of the current families one is older. */
export const WITHOUT_MEMCACHED_TLS: ReadonlySet<string> = new Set([...PREVIOUS_GENERATION, "t2"]);
export const WITH_DATA_TIERING: ReadonlySet<string> = new Set(["r6gd"]);

const PURPOSES: Record<string, string> = {
  t: "burstable",
  m: "general purpose",
  r: "much memory",
  c: "much network",
};

export interface NodeTypeFamily {
  name: string;
  /** ``r7g: much memory``. */
  title: string;
  types: NodeType[];
  /** Why a new cache cannot have one of these; undefined where it can. */
  refusal: string | undefined;
}

/** Those that can be had first, each with its types from the smallest on. */
export function nodeTypeFamilies(types: readonly NodeType[], engine: EngineName): NodeTypeFamily[] {
  const names = new Set(types.map((type) => familyOfNodeType(type.name)));
  return [...names]
    .map((name) => ({
      name,
      title: `${name}: ${PURPOSES[name[0] ?? ""] ?? "other"}`,
      types: types
        .filter((type) => familyOfNodeType(type.name) === name)
        .sort((one, other) => one.memoryBytes - other.memoryBytes),
      refusal: refusalOfFamily(name, engine),
    }))
    .filter(({ name }) => !PREVIOUS_GENERATION.has(name))
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name, "en"));
}

/** ``r7g`` of ``cache.r7g.large``. */
export function familyOfNodeType(nodeType: string): string {
  return nodeType.split(".")[1] ?? "";
}

export function refusalOfFamily(name: string, engine: EngineName): string | undefined {
  if (PREVIOUS_GENERATION.has(name)) return "Of a previous generation, of which no new nodes are made.";
  if (WITH_DATA_TIERING.has(name)) {
    return engine === "memcached" ? "Does not run Memcached." : "Needs data tiering, which is not in this version.";
  }
  if (engine === "redis" && WITHOUT_REDIS.has(name)) return "Does not run Redis OSS.";
  return undefined;
}

function rank({ name, refusal }: NodeTypeFamily): number {
  const order = "tmrc".indexOf(name[0] ?? "");
  return (refusal === undefined ? 0 : 10) + (order < 0 ? 9 : order);
}
