/** Programs that connect to this cache, ready to be copied. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { type ReactNode, useState } from "react";
import type { Subject } from "../../caches";
import { CodeBlock } from "../../parts/CodeBlock";
import { useUserGroups } from "../../questions/useUserGroups";
import { useUsers } from "../../questions/useUsers";
import { endpointsOf } from "../../reckoning/endpoints";
import { type Connection, type Snippet, snippetsFor } from "../../reckoning/snippets";

export function Snippets({ subject }: { subject: Subject }) {
  const { access } = subject.cache;
  if (access !== "users") return <Connect subject={subject} />;
  return <ConnectAsUser subject={subject} groupIds={subject.group?.UserGroupIds ?? []} />;
}

/** With the name of one of the users that the cache lets in, if their list may be read. */
function ConnectAsUser({ subject, groupIds }: { subject: Subject; groupIds: readonly string[] }) {
  const { answer: groups = [] } = useUserGroups();
  const { answer: users = [] } = useUsers();
  const [chosen, setChosen] = useState<string>();
  const ids = new Set(
    groups.filter((one) => groupIds.includes(one.UserGroupId ?? "")).flatMap((one) => one.UserIds ?? []),
  );
  const letIn = users.filter((user) => ids.has(user.UserId ?? ""));
  const user = letIn.find((one) => one.UserName === chosen) ?? letIn[0];
  const options = letIn.map((one) => ({ value: one.UserName ?? "", description: one.AccessString }));
  const isIam = user?.Authentication?.Type === "iam";
  return (
    <Connect
      subject={subject}
      userName={user?.UserName}
      note={isIam ? "This user's password is a token, good for fifteen minutes, that an access key signs." : undefined}
    >
      {options.length > 0 && (
        <FormField label="As user">
          <Select
            selectedOption={{ value: user?.UserName ?? "" }}
            options={options}
            onChange={({ detail }) => setChosen(detail.selectedOption.value)}
          />
        </FormField>
      )}
    </Connect>
  );
}

interface ConnectProps {
  subject: Subject;
  userName?: string;
  note?: string;
  children?: ReactNode;
}

function Connect({ subject, userName, note, children }: ConnectProps) {
  const { cache } = subject;
  const [isEncrypted, setIsEncrypted] = useState(true);
  const [isCluster, setIsCluster] = useState(true);
  const withTls = cache.encryption === "required" || (cache.encryption === "preferred" && isEncrypted);
  const asCluster = cache.clusterMode === "enabled" || (cache.clusterMode === "compatible" && isCluster);
  const connection = connectionOf(subject, { withTls, asCluster, userName });
  return (
    <Container
      header={
        <Header variant="h2" description="Programs for this cache as it is now. None holds a secret.">
          Connect
        </Header>
      }
    >
      <SpaceBetween size="m">
        {children}
        {cache.encryption === "preferred" && (
          <Choice label="Connection" isChosen={isEncrypted} words={["TLS", "Plain"]} onChange={setIsEncrypted} />
        )}
        {cache.clusterMode === "compatible" && (
          <Choice label="Client" isChosen={isCluster} words={["For clusters", "Plain"]} onChange={setIsCluster} />
        )}
        {note !== undefined && <Box>{note}</Box>}
        {connection === undefined ? (
          <Box color="text-body-secondary">As soon as the cache has an endpoint, they are here.</Box>
        ) : (
          <SnippetTabs snippets={snippetsFor(connection)} />
        )}
      </SpaceBetween>
    </Container>
  );
}

interface ChoiceProps {
  label: string;
  isChosen: boolean;
  /** For true and for false. */
  words: readonly [string, string];
  onChange: (isChosen: boolean) => void;
}

function Choice({ label, isChosen, words: [yes, no], onChange }: ChoiceProps) {
  return (
    <FormField label={label}>
      <SegmentedControl
        label={label}
        selectedId={isChosen ? "yes" : "no"}
        options={[
          { id: "yes", text: yes },
          { id: "no", text: no },
        ]}
        onChange={({ detail }) => onChange(detail.selectedId === "yes")}
      />
    </FormField>
  );
}

function SnippetTabs({ snippets }: { snippets: readonly Snippet[] }) {
  return (
    <Tabs
      ariaLabel="Client"
      tabs={snippets.map(({ client, title, preparation, program }) => ({
        id: client,
        label: title,
        content: (
          <SpaceBetween size="s">
            {preparation !== "" && <CodeBlock text={preparation} label={`what comes before, for ${title}`} />}
            <CodeBlock text={program} label={`the program for ${title}`} />
          </SpaceBetween>
        ),
      }))}
    />
  );
}

interface Chosen {
  withTls: boolean;
  asCluster: boolean;
  userName: string | undefined;
}

function connectionOf(subject: Subject, { withTls, asCluster, userName }: Chosen): Connection | undefined {
  const { cache } = subject;
  const endpoints = endpointsOf(subject);
  const kind = asCluster ? "configuration" : subject.group === undefined ? "node" : "primary";
  const endpoint = endpoints.find((one) => one.kind === kind) ?? endpoints[0];
  const port = withTls ? endpoint?.tlsPort : endpoint?.plainPort;
  if (endpoint === undefined || port === undefined) return undefined;
  const reader = cache.nodeCount > 1 ? endpoints.find((one) => one.kind === "reader") : undefined;
  return {
    engine: cache.engine,
    isCluster: asCluster,
    shardCount: cache.shardCount,
    address: endpoint.address,
    port,
    readerAddress: reader?.address,
    isEncrypted: withTls,
    access: cache.access,
    userName,
  };
}
