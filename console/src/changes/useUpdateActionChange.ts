import {
  BatchApplyUpdateActionCommand,
  BatchStopUpdateActionCommand,
  type UnprocessedUpdateAction,
} from "@aws-sdk/client-elasticache";
import type { Form } from "../caches";
import { counted } from "../words/numbers";
import { type EachChange, useEachChange } from "./useEachChange";

/** A service update of one cache. */
export interface NamedUpdateAction {
  form: Form;
  cacheId: string;
  updateName: string;
}

/** Applies service updates to caches, or stops them there: each cache by itself, so that each has its own refusal. */
export function useUpdateActionChange(verb: "apply" | "stop"): EachChange<NamedUpdateAction> {
  const Command = verb === "apply" ? BatchApplyUpdateActionCommand : BatchStopUpdateActionCommand;
  return useEachChange<NamedUpdateAction>({
    ask: async ({ elasticache }, { form, cacheId, updateName }, call) => {
      const command = new Command({
        ServiceUpdateName: updateName,
        ReplicationGroupIds: form === "replication-group" ? [cacheId] : undefined,
        CacheClusterIds: form === "cache-cluster" ? [cacheId] : undefined,
      });
      const refused = (await elasticache.send(command, call())).UnprocessedUpdateActions?.[0];
      if (refused !== undefined) throw new UpdateActionRefused(refused);
    },
    said: (taken) => `${counted(taken.length, "service update")} ${verb === "apply" ? "asked for" : "stopped"}.`,
  });
}

/** The API answers well and lists whom it refused; to a person that is a refusal like any other. */
class UpdateActionRefused extends Error {
  readonly status = 400;
  constructor({ ErrorType, ErrorMessage }: UnprocessedUpdateAction) {
    super(ErrorMessage ?? "");
    this.name = ErrorType ?? "Refused";
  }
}
