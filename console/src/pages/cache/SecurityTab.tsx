/** Who may connect to a cache, how its connections are encrypted, and how to change either. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached, type Subject } from "../../caches";
import { portOf } from "../../reckoning/endpoints";
import { whoMayConnect } from "../../reckoning/whoMayConnect";
import { AccessControl } from "./security/AccessControl";
import { Encryption } from "./security/Encryption";
import { Network } from "./security/Network";

export function SecurityTab({ subject }: { subject: Subject }) {
  const port = portOf(subject);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Who may connect</Header>}>
        <Box>
          <ol>
            {whoMayConnect(subject, port).map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ol>
        </Box>
      </Container>
      <Encryption subject={subject} port={port} />
      {!isMemcached(subject.cache) && <AccessControl subject={subject} />}
      <Network subject={subject} />
    </SpaceBetween>
  );
}
