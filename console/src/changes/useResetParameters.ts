import { ResetCacheParameterGroupCommand } from "@aws-sdk/client-elasticache";
import { useState } from "react";
import { callsOf } from "../reckoning/parameters";
import type { Refusal } from "../refusals";
import { counted } from "../words/numbers";
import { useChange } from "./useChange";

export interface ResetParameters {
  /** Named ones, or all. Resolves to whether all that was asked for has been done. */
  resetToDefaults: (groupName: string, names: readonly string[] | "all") => Promise<boolean>;
  isPending: boolean;
  refusal: Refusal | undefined;
  reset: () => void;
}

/** Gives parameters back their family's values; the first refusal ends it. */
export function useResetParameters(): ResetParameters {
  const [isPending, setIsPending] = useState(false);
  const call = useChange<{ groupName: string; names: readonly string[] | "all" }, true>({
    ask: async ({ elasticache }, { groupName, names }, options) => {
      const command = new ResetCacheParameterGroupCommand({
        CacheParameterGroupName: groupName,
        ...(names === "all"
          ? { ResetAllParameters: true }
          : { ParameterNameValues: names.map((name) => ({ ParameterName: name })) }),
      });
      await elasticache.send(command, options);
      return true;
    },
    said: ({ groupName, names }) =>
      names === "all"
        ? `All parameters of ${groupName} have their defaults.`
        : `${counted(names.length, "parameter")} of ${groupName} reset.`,
  });
  const resetToDefaults = async (groupName: string, names: readonly string[] | "all") => {
    const calls = names === "all" ? ["all" as const] : callsOf(names);
    setIsPending(true);
    let isDone = true;
    for (const part of calls) {
      isDone = (await call.change({ groupName, names: part })) !== undefined;
      if (!isDone) break;
    }
    setIsPending(false);
    return isDone;
  };
  return { resetToDefaults, isPending, refusal: call.refusal, reset: call.reset };
}
