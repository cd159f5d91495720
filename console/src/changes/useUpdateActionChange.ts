import {
  BatchApplyUpdateActionCommand,
  BatchStopUpdateActionCommand,
  type UnprocessedUpdateAction,
} from "@aws-sdk/client-elasticache";
import type { Form } from "../caches";
import { counted } from "../words/numbers";
import { type EachChange, useEachChange } from "./useEachChange";

/** A service update of one cache, to be applied there or stopped where it is. */
export interface UpdateActionChange {
  verb: "apply" | "stop";
  form: Form;
  cacheId: string;
  updateName: string;
}

/** Each cache by itself, so that each has its own refusal. All have the same verb. */
export function useUpdateActionChange(): EachChange<UpdateActionChange> {
  return useEachChange<UpdateActionChange>({
    ask: async ({ elasticache }, { verb, form, cacheId, updateName }, call) => {
      const Command = verb === "apply" ? BatchApplyUpdateActionCommand : BatchStopUpdateActionCommand;
      const command = new Command({
        ServiceUpdateName: updateName,
        ReplicationGroupIds: form === "replication-group" ? [cacheId] : undefined,
        CacheClusterIds: form === "cache-cluster" ? [cacheId] : undefined,
      });
      const refused = (await elasticache.send(command, call())).UnprocessedUpdateActions?.[0];
      if (refused !== undefined) throw new UpdateActionRefused(refused);
    },
    said: (taken) => {
      const [first] = taken;
      const isApplied = first?.verb === "apply";
      if (first === undefined || taken.length > 1) {
        return `${counted(taken.length, "service update")} ${isApplied ? "asked for" : "stopped"}.`;
      }
      return isApplied
        ? `${first.updateName} is applied to ${first.cacheId}, one node at a time.`
        : `${first.updateName} is stopped in ${first.cacheId}: nodes that have it keep it.`;
    },
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
