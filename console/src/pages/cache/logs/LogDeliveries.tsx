/** Where the two logs of a cache are delivered, and how that goes. */

import type { LogDeliveryConfiguration } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { StatusWord } from "../../../parts/StatusWord";
import type { LogType } from "../../../reckoning/logLines";
import { deliveryOf, fileOf, fileWords, LOGS, logGroupOf } from "./deliveries";

interface Props {
  deliveries: readonly LogDeliveryConfiguration[];
  onChange: (type: LogType) => void;
}

export function LogDeliveries({ deliveries, onChange }: Props) {
  return (
    <Container
      header={
        <Header variant="h2" description="What was said before a delivery was switched on is not delivered.">
          Log delivery
        </Header>
      }
    >
      <ColumnLayout columns={2} minColumnWidth={280} variant="text-grid">
        {LOGS.map(({ type, title, sentence }) => (
          <SpaceBetween key={type} size="s">
            <Header
              variant="h3"
              description={sentence}
              actions={
                <Button
                  ariaLabel={`${deliveryOf(deliveries, type) === undefined ? "Deliver" : "Change"} the ${title.toLowerCase()}`}
                  onClick={() => onChange(type)}
                >
                  {deliveryOf(deliveries, type) === undefined ? "Deliver" : "Change"}
                </Button>
              }
            >
              {title}
            </Header>
            <Delivery delivery={deliveryOf(deliveries, type)} />
          </SpaceBetween>
        ))}
      </ColumnLayout>
    </Container>
  );
}

function Delivery({ delivery }: { delivery: LogDeliveryConfiguration | undefined }) {
  if (delivery === undefined) return <StatusIndicator type="stopped">Not delivered</StatusIndicator>;
  const file = fileOf(delivery);
  return (
    <SpaceBetween size="s">
      <StatusWord status={delivery.Status} />
      <Box>
        To {file === undefined ? `the log group ${logGroupOf(delivery)}` : fileWords(file)}, as{" "}
        {delivery.LogFormat === "json" ? "JSON" : "text"}.
      </Box>
      {delivery.Message && <Alert type={delivery.Status === "error" ? "error" : "info"}>{delivery.Message}</Alert>}
    </SpaceBetween>
  );
}
