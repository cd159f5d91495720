/** Why something cannot be done with a user group now, in a sentence; undefined where it can. */

import type { UserGroup } from "@aws-sdk/client-elasticache";
import { joined } from "../../words/lists";

export function whyNotModified(group: UserGroup): string | undefined {
  if (group.Status === "active") return undefined;
  return `It is ${group.Status} until every engine that has it has followed.`;
}

export function whyNotDeleted(group: UserGroup): string | undefined {
  if (group.Status === "deleting") return "It is being deleted.";
  const caches = group.ReplicationGroups ?? [];
  if (caches.length === 0) return undefined;
  return `${joined(caches)} ${caches.length === 1 ? "has" : "have"} it. Take it away from there first.`;
}
