import { useMemo } from "react";
import { useEngineVersions } from "./useEngineVersions";
import { useNodeTypes } from "./useNodeTypes";

/** How much memory for data a node type has, in bytes. It is the same in every family, so the newest one is asked, once. */
export function useNodeTypeMemory(): (nodeType: string) => number | undefined {
  const versions = useEngineVersions();
  const types = useNodeTypes(versions.answer?.at(-1)?.CacheParameterGroupFamily).answer;
  return useMemo(() => {
    const memory = new Map(types?.map((type) => [type.name, type.memoryBytes]));
    return (nodeType: string) => memory.get(nodeType);
  }, [types]);
}
