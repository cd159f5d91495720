import { useMemo } from "react";
import { type Cache, isMemcached } from "../caches";
import { useEngineVersions } from "./useEngineVersions";
import { useNodeTypes } from "./useNodeTypes";

/** How much memory for data a cache's nodes have, in bytes; undefined while it is not known. */
export type MemoryOf = (cache: Pick<Cache, "nodeType" | "engine">) => number | undefined;

/** It is the same in every family of Valkey and Redis OSS, and another one of Memcached: of either one is asked, once. */
export function useNodeTypeMemory(): MemoryOf {
  const { answer: versions = [] } = useEngineVersions();
  const familyOf = (ofMemcached: boolean) =>
    versions.findLast(({ Engine = "" }) => isMemcached({ engine: Engine }) === ofMemcached)?.CacheParameterGroupFamily;
  const types = useNodeTypes(familyOf(false)).answer;
  const ofMemcached = useNodeTypes(familyOf(true)).answer;
  return useMemo(() => {
    const byName = (some: typeof types) => new Map(some?.map((type) => [type.name, type.memoryBytes]));
    const [memory, memcachedMemory] = [byName(types), byName(ofMemcached)];
    return (cache) => (isMemcached(cache) ? memcachedMemory : memory).get(cache.nodeType);
  }, [types, ofMemcached]);
}
