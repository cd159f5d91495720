/** The cache's tags. */

import type { Subject } from "../../caches";
import { Tags } from "../../parts/Tags";

export function TagsTab({ subject }: { subject: Subject }) {
  const { arn, form } = subject.cache;
  return (
    <Tags
      arn={arn}
      description={form === "replication-group" ? "They are passed on to the group's nodes." : undefined}
    />
  );
}
