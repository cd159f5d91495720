import { ModifyCacheParameterGroupCommand } from "@aws-sdk/client-elasticache";
import { useState } from "react";
import { callsOf } from "../reckoning/parameters";
import type { Refusal } from "../refusals";
import { counted } from "../words/numbers";
import { useChange } from "./useChange";

export interface NamedValue {
  name: string;
  value: string;
}

export interface ModifyParameters {
  /** Resolves to how many were changed: all of them, or those of the calls before the one that was refused. */
  modify: (groupName: string, values: readonly NamedValue[]) => Promise<number>;
  isPending: boolean;
  refusal: Refusal | undefined;
  reset: () => void;
}

/** Gives parameters values, in as many calls as AWS's limit makes necessary; the first refusal ends it. */
export function useModifyParameters(): ModifyParameters {
  const [isPending, setIsPending] = useState(false);
  const call = useChange<{ groupName: string; values: readonly NamedValue[] }, true>({
    ask: async ({ elasticache }, { groupName, values }, options) => {
      const command = new ModifyCacheParameterGroupCommand({
        CacheParameterGroupName: groupName,
        ParameterNameValues: values.map(({ name, value }) => ({ ParameterName: name, ParameterValue: value })),
      });
      await elasticache.send(command, options);
      return true;
    },
    said: ({ groupName, values }) => `${counted(values.length, "parameter")} of ${groupName} changed.`,
  });
  const modify = async (groupName: string, values: readonly NamedValue[]) => {
    let changedCount = 0;
    setIsPending(true);
    for (const part of callsOf(values)) {
      if ((await call.change({ groupName, values: part })) === undefined) break;
      changedCount += part.length;
    }
    setIsPending(false);
    return changedCount;
  };
  return { modify, isPending, refusal: call.refusal, reset: call.reset };
}
