/** What can be done with one user group; disabled with the reason where it cannot. */

import type { UserGroup } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useFollow } from "../../parts/useFollow";
import { href } from "../../paths";
import { userGroupPath } from "./addresses";
import { whyNotDeleted, whyNotModified } from "./reasons";

export function GroupActions({ group, onDelete }: { group: UserGroup | undefined; onDelete: () => void }) {
  const follow = useFollow();
  const unmodified = group === undefined ? "Choose a user group first." : whyNotModified(group);
  const undeleted = group === undefined ? "Choose a user group first." : whyNotDeleted(group);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={undeleted !== undefined} disabledReason={undeleted} onClick={onDelete}>
        Delete
      </Button>
      <Button
        disabled={unmodified !== undefined}
        disabledReason={unmodified}
        href={unmodified === undefined ? href(userGroupPath(group?.UserGroupId ?? "", "modify")) : undefined}
        onFollow={follow}
      >
        Modify
      </Button>
    </SpaceBetween>
  );
}
