/** Programs that connect to this Memcached cluster, ready to be copied. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import type { Subject } from "../../caches";
import { CodeBlock } from "../../parts/CodeBlock";
import { type MemcachedConnection, memcachedSnippetsFor } from "../../reckoning/memcachedSnippets";

export function MemcachedSnippets({ subject }: { subject: Subject }) {
  const connection = connectionOf(subject);
  return (
    <Container
      header={
        <Header variant="h2" description="Programs for this cache as it is now.">
          Connect
        </Header>
      }
    >
      {connection === undefined ? (
        <Box color="text-body-secondary">As soon as the cache has an endpoint, they are here.</Box>
      ) : (
        <Tabs
          ariaLabel="Client"
          tabs={memcachedSnippetsFor(connection).map(({ client, title, about, preparation, program }) => ({
            id: client,
            label: title,
            content: (
              <SpaceBetween size="s">
                <Box>{about}</Box>
                {preparation !== "" && <CodeBlock text={preparation} label={`what comes before, for ${title}`} />}
                <CodeBlock text={program} label={`the program for ${title}`} />
              </SpaceBetween>
            ),
          }))}
        />
      )}
    </Container>
  );
}

function connectionOf({ cache, cluster }: Subject): MemcachedConnection | undefined {
  const { Address: address, Port: port } = cluster?.ConfigurationEndpoint ?? {};
  if (!address || port === undefined) return undefined;
  const nodes = (cluster?.CacheNodes ?? []).flatMap(({ Endpoint: { Address, Port } = {} }) =>
    Address && Port !== undefined ? [{ address: Address, port: Port }] : [],
  );
  return { configuration: { address, port }, nodes, isEncrypted: cache.encryption !== "off" };
}
