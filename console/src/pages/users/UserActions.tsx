/** What can be done with one user; disabled with the reason where it cannot. */

import type { User } from "@aws-sdk/client-elasticache";
import { DeleteAndModify } from "../../parts/DeleteAndModify";
import { userPath } from "./addresses";
import { whyNotDeleted, whyNotModified } from "./reasons";

const NONE = "Choose a user first.";

export function UserActions({ user, onDelete }: { user: User | undefined; onDelete: () => void }) {
  return (
    <DeleteAndModify
      undeleted={user === undefined ? NONE : whyNotDeleted(user)}
      unmodified={user === undefined ? NONE : whyNotModified(user)}
      modifyPath={userPath(user?.UserId ?? "", "modify")}
      onDelete={onDelete}
    />
  );
}
