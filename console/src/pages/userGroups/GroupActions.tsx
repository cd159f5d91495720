/** What can be done with one user group; disabled with the reason where it cannot. */

import type { UserGroup } from "@aws-sdk/client-elasticache";
import { DeleteAndModify } from "../../parts/DeleteAndModify";
import { userGroupPath } from "./addresses";
import { whyNotDeleted, whyNotModified } from "./reasons";

const NONE = "Choose a user group first.";

export function GroupActions({ group, onDelete }: { group: UserGroup | undefined; onDelete: () => void }) {
  return (
    <DeleteAndModify
      undeleted={group === undefined ? NONE : whyNotDeleted(group)}
      unmodified={group === undefined ? NONE : whyNotModified(group)}
      modifyPath={userGroupPath(group?.UserGroupId ?? "", "modify")}
      onDelete={onDelete}
    />
  );
}
