import {
  BatchApplyUpdateActionCommand,
  BatchStopUpdateActionCommand,
  type UnprocessedUpdateAction,
} from "@aws-sdk/client-elasticache";
import type { Cache } from "../caches";
import { type Change, useChange } from "./useChange";

interface Input {
  updateName: string;
  caches: readonly Pick<Cache, "form" | "id">[];
  verb: "apply" | "stop";
}

/** Answered by the API for a cache that it refuses, while the others go on. Here it is raised: the page says it in red. */
class Unprocessed extends Error {
  override readonly name: string;
  readonly status = 400;

  constructor(refused: readonly UnprocessedUpdateAction[]) {
    super(refused.map((one) => one.ErrorMessage ?? "").join(" "));
    this.name = refused[0]?.ErrorType ?? "Unprocessed";
  }
}

/** Applies a service update to caches, or stops it where it is. */
export function useServiceUpdate(): Change<Input, unknown> {
  return useChange<Input, unknown>({
    ask: async ({ elasticache }, { updateName, caches, verb }, options) => {
      const idsOf = (form: Cache["form"]) => {
        const ids = caches.filter((cache) => cache.form === form).map((cache) => cache.id);
        return ids.length === 0 ? undefined : ids;
      };
      const input = {
        ServiceUpdateName: updateName,
        ReplicationGroupIds: idsOf("replication-group"),
        CacheClusterIds: idsOf("cache-cluster"),
      };
      const answer =
        verb === "apply"
          ? await elasticache.send(new BatchApplyUpdateActionCommand(input), options)
          : await elasticache.send(new BatchStopUpdateActionCommand(input), options);
      if (answer.UnprocessedUpdateActions?.length) throw new Unprocessed(answer.UnprocessedUpdateActions);
      return answer;
    },
    said: ({ updateName, verb }) =>
      verb === "apply"
        ? `${updateName} is applied, one node at a time.`
        : `${updateName} is stopped: nodes that have it keep it.`,
  });
}
