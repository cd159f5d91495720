import {
  type DescribeUpdateActionsMessage,
  paginateDescribeUpdateActions,
  type UpdateAction,
} from "@aws-sdk/client-elasticache";
import type { Aws } from "../aws";
import type { Cache } from "../caches";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, LIVELY_SECONDS, type Options, useQuestion } from "./useQuestion";

type NamedCache = Pick<Cache, "form" | "id">;

export interface UpdatesAsked {
  /** Absent for all there are. */
  caches?: readonly NamedCache[];
  /** Only what somebody could ask for now. */
  isOpen?: boolean;
  /** Absent: as often as other questions, and every second while an update is under way. */
  everySeconds?: number;
  isAsked?: boolean;
}

const UNDER_WAY = new Set(["in-progress", "stopping", "waiting-to-start"]);
const OPEN: DescribeUpdateActionsMessage = {
  ServiceUpdateStatus: ["available"],
  UpdateActionStatus: ["not-applied", "stopped"],
};

/** AWS's limit of names in one call. */
const NAMES_MAX = 20;

/** Which service updates are for which cache, and how far each has come there. */
export function useUpdateActions(asked: UpdatesAsked = {}): Answered<UpdateAction[]> {
  const { caches, isOpen = false, everySeconds, isAsked = true } = asked;
  return useQuestion({
    key: ["DescribeUpdateActions", isOpen, caches?.map(({ form, id }) => `${form}/${id}`)],
    ask: async (aws, options) => {
      const actions: UpdateAction[] = [];
      for (const named of callsFor(caches)) {
        actions.push(...(await everyPageOf(aws, { ...named, ...(isOpen ? OPEN : {}) }, options)));
      }
      return actions;
    },
    everySeconds:
      everySeconds ??
      ((actions) =>
        actions?.some((action) => UNDER_WAY.has(action.UpdateActionStatus ?? "")) ? LIVELY_SECONDS : CALM_SECONDS),
    isAsked: isAsked && caches?.length !== 0,
  });
}

function everyPageOf({ elasticache }: Aws, input: DescribeUpdateActionsMessage, options: Options) {
  const pages = paginateDescribeUpdateActions({ client: elasticache }, input, options);
  return everyPage(pages, (page) => page.UpdateActions);
}

function callsFor(caches: readonly NamedCache[] | undefined): DescribeUpdateActionsMessage[] {
  if (caches === undefined) return [{}];
  const calls: DescribeUpdateActionsMessage[] = [];
  for (let first = 0; first < caches.length; first += NAMES_MAX) {
    const some = caches.slice(first, first + NAMES_MAX);
    const idsOf = (form: Cache["form"]) => {
      const ids = some.filter((cache) => cache.form === form).map((cache) => cache.id);
      return ids.length === 0 ? undefined : ids;
    };
    calls.push({ ReplicationGroupIds: idsOf("replication-group"), CacheClusterIds: idsOf("cache-cluster") });
  }
  return calls;
}
