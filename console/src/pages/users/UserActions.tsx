/** What can be done with one user; disabled with the reason where it cannot. */

import type { User } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useFollow } from "../../parts/useFollow";
import { href } from "../../paths";
import { userPath } from "./addresses";
import { whyNotDeleted, whyNotModified } from "./reasons";

export function UserActions({ user, onDelete }: { user: User | undefined; onDelete: () => void }) {
  const follow = useFollow();
  const unmodified = user === undefined ? "Choose a user first." : whyNotModified(user);
  const undeleted = user === undefined ? "Choose a user first." : whyNotDeleted(user);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={undeleted !== undefined} disabledReason={undeleted} onClick={onDelete}>
        Delete
      </Button>
      <Button
        disabled={unmodified !== undefined}
        disabledReason={unmodified}
        href={unmodified === undefined ? href(userPath(user?.UserId ?? "", "modify")) : undefined}
        onFollow={follow}
      >
        Modify
      </Button>
    </SpaceBetween>
  );
}
