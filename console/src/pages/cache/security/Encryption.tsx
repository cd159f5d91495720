/** Encryption in transit: what it is now, where each kind of client connects, and how to trust the certificates. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type Cache, isMemcached, type Subject } from "../../../caches";
import { ActionButton } from "../../../parts/actions/ActionButton";
import { CodeBlock } from "../../../parts/CodeBlock";
import { wordOf } from "../../../parts/StatusWord";
import { AT_REST_WORDS, encryptedPortBeside, pendingEncryption } from "../../../reckoning/access";

export function Encryption({ subject: { cache, group }, port }: { subject: Subject; port: number }) {
  const pending = pendingEncryption(group?.PendingModifiedValues);
  if (isMemcached(cache)) return <OfMemcached cache={cache} port={port} />;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <ActionButton cache={cache} action="encryption">
              Change encryption
            </ActionButton>
          }
        >
          Encryption
        </Header>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={4}
          minColumnWidth={200}
          items={[
            {
              label: "In transit",
              value: <InTransit cache={cache} />,
            },
            {
              label: "On its way",
              value:
                pending === undefined ? (
                  "Nothing"
                ) : (
                  <StatusIndicator type="in-progress">{`to ${pending}`}</StatusIndicator>
                ),
            },
            { label: "Ports", value: portsOf(cache.encryption, port) },
            { label: "At rest", value: AT_REST_WORDS },
          ]}
        />
        {cache.encryption !== "off" && <Trust />}
        {cache.encryption === "off" && cache.form === "replication-group" && (
          <Box color="text-body-secondary">
            The way there has two steps, and no connection is closed by the first: Preferred takes both kinds; once
            every application is changed, Required takes encrypted ones only.
          </Box>
        )}
      </SpaceBetween>
    </Container>
  );
}

function InTransit({ cache: { encryption } }: { cache: Cache }) {
  return <StatusIndicator type={encryption === "off" ? "stopped" : "success"}>{wordOf(encryption)}</StatusIndicator>;
}

/** Nothing of it can be changed, and nothing is at rest. */
function OfMemcached({ cache, port }: { cache: Cache; port: number }) {
  return (
    <Container
      header={
        <Header variant="h2" description="Chosen when the cache was made, and for its life.">
          Encryption
        </Header>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={2}
          minColumnWidth={200}
          items={[
            { label: "In transit", value: <InTransit cache={cache} /> },
            { label: "Ports", value: portsOf(cache.encryption, port) },
          ]}
        />
        {cache.encryption !== "off" && <Trust />}
      </SpaceBetween>
    </Container>
  );
}

function portsOf(encryption: Cache["encryption"], port: number): string {
  if (encryption === "off") return `${port} (plain)`;
  if (encryption === "required") return `${port} (TLS)`;
  return `${port} (plain), ${encryptedPortBeside(port)} (TLS)`;
}

function Trust() {
  return (
    <ExpandableSection headerText="Trust its certificates" headingTagOverride="h3">
      <SpaceBetween size="s">
        <Box>
          This installation has a certificate authority of its own. On its machine, this prints its certificates, which
          are no secret; give the file to your clients and leave their check of names on.
        </Box>
        <CodeBlock label="the command" text="elastane ca > elastane-ca.pem" />
        <Box>
          The nodes' certificates are good for 90 days unless the operator says otherwise, and are renewed by themselves
          while the engine serves.
        </Box>
      </SpaceBetween>
    </ExpandableSection>
  );
}
