/** The two buttons of one thing that has a page to modify it; each is disabled with its reason where it cannot be. */

import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { href } from "../paths";
import { useFollow } from "./useFollow";

interface Props {
  /** Why it cannot be deleted now. */
  undeleted: string | undefined;
  /** Why it cannot be modified now. */
  unmodified: string | undefined;
  modifyPath: string;
  onDelete: () => void;
}

export function DeleteAndModify({ undeleted, unmodified, modifyPath, onDelete }: Props) {
  const follow = useFollow();
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={undeleted !== undefined} disabledReason={undeleted} onClick={onDelete}>
        Delete
      </Button>
      <Button
        disabled={unmodified !== undefined}
        disabledReason={unmodified}
        href={unmodified === undefined ? href(modifyPath) : undefined}
        onFollow={follow}
      >
        Modify
      </Button>
    </SpaceBetween>
  );
}
