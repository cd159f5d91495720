import { BatchApplyUpdateActionCommand, type UnprocessedUpdateAction } from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { counted } from "../words/numbers";
import { type EachChange, useEachChange } from "./useEachChange";

export interface AppliedUpdate {
  cache: Cache;
  serviceUpdateName: string;
}

/** Applies service updates to caches: their nodes are replaced one at a time. */
export function useApplyUpdates(): EachChange<AppliedUpdate> {
  return useEachChange<AppliedUpdate>({
    ask: async ({ elasticache }, { cache, serviceUpdateName }, call) => {
      const answer = await elasticache.send(
        new BatchApplyUpdateActionCommand({
          ServiceUpdateName: serviceUpdateName,
          ReplicationGroupIds: cache.form === "replication-group" ? [cache.id] : undefined,
          CacheClusterIds: cache.form === "cache-cluster" ? [cache.id] : undefined,
        }),
        call(),
      );
      const refused = answer.UnprocessedUpdateActions?.[0];
      if (refused !== undefined) throw new UpdateRefused(refused);
    },
    said: (taken) => `${counted(taken.length, "service update")} asked for.`,
  });
}

/** The API answers well and lists whom it refused; to a person that is a refusal like any other. */
class UpdateRefused extends Error {
  readonly status = 400;
  constructor({ ErrorType, ErrorMessage }: UnprocessedUpdateAction) {
    super(ErrorMessage ?? "");
    this.name = ErrorType ?? "Refused";
  }
}
