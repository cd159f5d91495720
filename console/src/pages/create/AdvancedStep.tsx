/** The third step, of standard creation: what it survives, who gets in, and what is done about it later. */

import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached } from "../../caches";
import { Access } from "./Access";
import { Availability } from "./Availability";
import { Encryption } from "./Encryption";
import { Logs } from "./Logs";
import { Tags } from "./Tags";
import { Upkeep } from "./Upkeep";
import type { Wizard } from "./useNewCache";

export function AdvancedStep({ wizard }: { wizard: Wizard }) {
  return (
    <SpaceBetween size="l">
      {wizard.cache.form === "replication-group" && <Availability wizard={wizard} />}
      <Encryption wizard={wizard} />
      <Access wizard={wizard} />
      <Upkeep wizard={wizard} />
      {!isMemcached(wizard.cache) && <Logs wizard={wizard} />}
      <Tags wizard={wizard} />
    </SpaceBetween>
  );
}
