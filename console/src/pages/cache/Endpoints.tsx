/** Where the cache is reached, each to be copied. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Subject } from "../../caches";
import { CopyText } from "../../parts/CopyText";
import { Empty } from "../../parts/ListTable";
import { endpointsOf, type ShownEndpoint } from "../../reckoning/endpoints";

export function Endpoints({ subject }: { subject: Subject }) {
  const endpoints = endpointsOf(subject);
  return (
    <Container header={<Header variant="h2">Endpoints</Header>}>
      {endpoints.length === 0 ? (
        <Empty sentence="Endpoints are told once the cache has addresses; this page shows them by itself." />
      ) : (
        <KeyValuePairs
          minColumnWidth={240}
          columns={Math.min(4, endpoints.length)}
          items={endpoints.map((endpoint) => ({ label: endpoint.label, value: <Addresses endpoint={endpoint} /> }))}
        />
      )}
    </Container>
  );
}

function Addresses({ endpoint: { label, hint, address, plainPort, tlsPort } }: { endpoint: ShownEndpoint }) {
  const ports = [
    { name: "plain", port: plainPort },
    { name: "TLS", port: tlsPort },
  ];
  return (
    <>
      {ports.map(({ name, port }) =>
        port === undefined ? null : (
          <Box key={name}>
            <CopyText text={`${address}:${port}`} label={`${label}, ${name}`} />
            {tlsPort !== undefined && ` ${name}`}
          </Box>
        ),
      )}
      <Box variant="small" color="text-body-secondary">
        {hint}
      </Box>
    </>
  );
}
