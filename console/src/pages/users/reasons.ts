/** Why something cannot be done with a user now, in a sentence; undefined where it can. */

import type { User } from "@aws-sdk/client-elasticache";
import { DEFAULT_USER } from "../../reckoning/users";

export function whyNotModified(user: User): string | undefined {
  if (user.UserId === DEFAULT_USER) {
    return "The built-in user cannot be modified. Make one with another id and the name default, and put it into the user group in its place.";
  }
  if (user.Status === "active") return undefined;
  return `It is ${user.Status} until every engine that has it has followed.`;
}

export function whyNotDeleted(user: User): string | undefined {
  if (user.UserId === DEFAULT_USER) return "The built-in user cannot be deleted.";
  return user.Status === "deleting" ? "It is being deleted." : undefined;
}
