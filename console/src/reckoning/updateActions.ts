/** Update actions as the page of service updates shows them: what can be done about each, and how far it is. */

import type { UpdateAction } from "@aws-sdk/client-elasticache";
import type { Form } from "../caches";

/** What the API does not refuse at once: it may still, as while the cache is being changed. */
const APPLICABLE = new Set(["not-applied", "stopped", "scheduled"]);
const STOPPABLE = new Set(["waiting-to-start", "in-progress", "scheduled"]);
const DONE = new Set(["complete", "not-applicable"]);

export interface NodeProgress {
  updatedCount: number;
  nodeCount: number;
  percent: number;
}

export function keyOf(action: UpdateAction): string {
  const { form, cacheId } = cacheOfAction(action);
  return `${action.ServiceUpdateName} ${form} ${cacheId}`;
}

export function cacheOfAction(action: UpdateAction): { form: Form; cacheId: string } {
  return action.ReplicationGroupId === undefined
    ? { form: "cache-cluster", cacheId: action.CacheClusterId ?? "" }
    : { form: "replication-group", cacheId: action.ReplicationGroupId };
}

export function canBeApplied(action: UpdateAction): boolean {
  return action.ServiceUpdateStatus === "available" && APPLICABLE.has(action.UpdateActionStatus ?? "");
}

export function canBeStopped(action: UpdateAction): boolean {
  return STOPPABLE.has(action.UpdateActionStatus ?? "");
}

/** ``1/3`` as AWS writes it; undefined where it is written in another way. */
export function progressOf(action: UpdateAction): NodeProgress | undefined {
  const [, updated, all] = /^(\d+)\/(\d+)$/.exec(action.NodesUpdated ?? "") ?? [];
  if (updated === undefined || all === undefined || Number(all) === 0) return undefined;
  const [updatedCount, nodeCount] = [Number(updated), Number(all)];
  return { updatedCount, nodeCount, percent: Math.round((100 * updatedCount) / nodeCount) };
}

/** Of how many caches an update is done, and of how many not. */
export function doneCounts(updateName: string | undefined, actions: readonly UpdateAction[]) {
  const own = actions.filter((action) => action.ServiceUpdateName === updateName);
  const doneCount = own.filter((action) => DONE.has(action.UpdateActionStatus ?? "")).length;
  return { doneCount, openCount: own.length - doneCount };
}
