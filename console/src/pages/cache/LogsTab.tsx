/** A cache's logs: where they are delivered, and what stands in them. */

import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Subject } from "../../caches";
import type { LogType } from "../../reckoning/logLines";
import { LogDeliveries } from "./logs/LogDeliveries";
import { LogDeliveryForm } from "./logs/LogDeliveryForm";
import { LogViewer } from "./logs/LogViewer";

export function LogsTab({ subject }: { subject: Subject }) {
  const [changed, setChanged] = useState<LogType>();
  const { cache, group, cluster } = subject;
  const deliveries = (group ?? cluster)?.LogDeliveryConfigurations ?? [];
  return (
    <SpaceBetween size="l">
      <LogDeliveries deliveries={deliveries} onChange={setChanged} />
      <LogViewer subject={subject} deliveries={deliveries} onDeliver={setChanged} />
      {changed !== undefined && (
        <LogDeliveryForm
          cache={cache}
          logType={changed}
          current={deliveries.find(({ LogType }) => LogType === changed)}
          onDismiss={() => setChanged(undefined)}
        />
      )}
    </SpaceBetween>
  );
}
