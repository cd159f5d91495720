/** AWS's rules for a new Memcached cluster that no other cache has. */

import type { NewCache } from "./newCache";
import { familyOfNodeType, WITHOUT_MEMCACHED_TLS } from "./nodeTypeFamilies";
import { compareVersions } from "./upgrades";

/** The first version that AWS encrypts. */
const TLS_VERSION = "1.6.12";

/** Why it cannot be encrypted in transit; undefined where it can, and of other engines. */
export function refusalOfMemcachedTls({
  engine,
  engineVersion,
  nodeType,
}: Pick<NewCache, "engine" | "engineVersion" | "nodeType">): string | undefined {
  if (engine !== "memcached") return undefined;
  if (engineVersion !== "" && compareVersions(engineVersion, TLS_VERSION) < 0) {
    return `Encryption in transit needs version ${TLS_VERSION} or later.`;
  }
  if (WITHOUT_MEMCACHED_TLS.has(familyOfNodeType(nodeType))) {
    return `Nodes of type ${nodeType} do not encrypt: choose one of t3, m4, r4 or newer.`;
  }
  return undefined;
}
