/** How connections and data are encrypted. */

import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached } from "../../caches";
import type { NewCache } from "../../reckoning/newCache";
import { refusalOfMemcachedTls } from "../../reckoning/newMemcached";
import type { Wizard } from "./useNewCache";

export function Encryption({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem } = wizard;
  const isGroup = cache.form === "replication-group";
  const ofMemcached = isMemcached(cache);
  const refusal = refusalOfMemcachedTls(cache);
  return (
    <Container header={<Header variant="h2">Encryption</Header>}>
      <SpaceBetween size="m">
        <FormField
          label="In transit"
          description={
            <>
              TLS 1.2 and 1.3. Clients trust the authority whose certificate <Box variant="code">elastane ca</Box>{" "}
              prints.
            </>
          }
          errorText={problem("encryption")}
        >
          <RadioGroup
            value={cache.encryption}
            onChange={({ detail }) => change({ encryption: detail.value as NewCache["encryption"] })}
            items={[
              { value: "off", label: "Off" },
              ...(isGroup ? [PREFERRED] : []),
              {
                value: "required",
                label: "Required",
                description: refusal ?? `${TLS_ALONE}${ofMemcached ? " It cannot be changed later." : ""}`,
                disabled: refusal !== undefined && cache.encryption === "off",
              },
            ]}
          />
        </FormField>
        {!ofMemcached && (
          <FormField label="At rest">
            <Checkbox
              checked={false}
              disabled
              description="Not in this version of Elastane. Nodes keep data in memory."
            >
              Encrypt what is written to disk
            </Checkbox>
          </FormField>
        )}
      </SpaceBetween>
    </Container>
  );
}

const TLS_ALONE = "The cache's port takes TLS and nothing else.";

const PREFERRED = {
  value: "preferred",
  label: "Preferred",
  description: "The cache's port takes plain connections, and the port beside it TLS.",
};
