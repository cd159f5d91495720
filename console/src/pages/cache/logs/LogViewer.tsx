/** What stands in a cache's delivered logs, newest first. */

import type { LogDeliveryConfiguration } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Subject } from "../../../caches";
import { Empty } from "../../../parts/ListTable";
import type { LogType } from "../../../reckoning/logLines";
import { deliveryOf, fileOf, fileWords, LOGS, logGroupOf, logTitle } from "./deliveries";
import { LogEventsOf } from "./LogEventsOf";

interface Props {
  subject: Subject;
  deliveries: readonly LogDeliveryConfiguration[];
  onDeliver: (type: LogType) => void;
}

export function LogViewer({ subject, deliveries, onDeliver }: Props) {
  const [type, setType] = useState<LogType>(() => firstType(deliveries));
  const delivery = deliveryOf(deliveries, type);
  const groupName = logGroupOf(delivery);
  const file = fileOf(delivery);
  const title = logTitle(type);
  return (
    <SpaceBetween size="s">
      <SegmentedControl
        label="Which log"
        selectedId={type}
        options={LOGS.map((log) => ({ id: log.type, text: log.title }))}
        onChange={({ detail }) => setType(detail.selectedId as LogType)}
      />
      {groupName === undefined ? (
        <Container header={<Header variant="h2">{title}</Header>}>
          {file === undefined ? (
            <Empty
              sentence={`The ${title.toLowerCase()} is not delivered, so there is nothing to read here.`}
              act={<Button onClick={() => onDeliver(type)}>Deliver the {title.toLowerCase()}</Button>}
            />
          ) : (
            <Empty
              sentence={`The ${title.toLowerCase()} goes into ${fileWords(file)}, which only its machine can read. In a log group it could be read here.`}
              act={<Button onClick={() => onDeliver(type)}>Change the delivery</Button>}
            />
          )}
        </Container>
      ) : (
        <LogEventsOf
          key={`${type} ${groupName}`}
          subject={subject}
          type={type}
          groupName={groupName}
          format={delivery?.LogFormat}
          onDeliver={onDeliver}
        />
      )}
    </SpaceBetween>
  );
}

/** The one that is delivered where it can be read. */
function firstType(deliveries: readonly LogDeliveryConfiguration[]): LogType {
  return LOGS.find(({ type }) => logGroupOf(deliveryOf(deliveries, type)) !== undefined)?.type ?? "slow-log";
}
