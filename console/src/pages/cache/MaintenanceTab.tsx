/** When a cache is maintained, what waits for it, and what could be done: service updates and newer versions. */

import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Subject } from "../../caches";
import { CacheUpdates } from "./maintenance/CacheUpdates";
import { Pending } from "./maintenance/Pending";
import { Versions } from "./maintenance/Versions";
import { Window } from "./maintenance/Window";

export function MaintenanceTab({ subject }: { subject: Subject }) {
  return (
    <SpaceBetween size="l">
      <Window subject={subject} />
      <Pending subject={subject} />
      <CacheUpdates cache={subject.cache} />
      <Versions subject={subject} />
    </SpaceBetween>
  );
}
