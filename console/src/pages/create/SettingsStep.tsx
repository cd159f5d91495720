/** The second step: what it is called, what it runs, and where. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached } from "../../caches";
import { zonesOf } from "../../reckoning/newCache";
import { presetsOf } from "../../reckoning/newCachePresets";
import { idLengthMax } from "../../reckoning/newCacheProblems";
import { reviewOf } from "../../reckoning/newCacheWords";
import { Choice, TextField } from "./fields";
import { Layout } from "./Layout";
import { NodeCount } from "./NodeCount";
import { NodeZones } from "./NodeZones";
import { Placement } from "./Placement";
import { Software } from "./Software";
import { Tags } from "./Tags";
import type { Wizard } from "./useNewCache";

export function SettingsStep({ wizard }: { wizard: Wizard }) {
  return wizard.cache.method === "easy" ? (
    <SpaceBetween size="l">
      <Name wizard={wizard} />
      <Container header={<Header variant="h2">Network</Header>}>
        <SubnetGroup wizard={wizard} />
      </Container>
      <Tags wizard={wizard} />
      <PresetChoices wizard={wizard} />
    </SpaceBetween>
  ) : (
    <SpaceBetween size="l">
      <Name wizard={wizard} />
      <Software wizard={wizard} />
      {wizard.cache.form === "replication-group" && <Layout wizard={wizard} />}
      {isMemcached(wizard.cache) && <NodeCount wizard={wizard} />}
      <Container header={<Header variant="h2">Network and zones</Header>}>
        <SpaceBetween size="l">
          <SubnetGroup wizard={wizard} />
          {isMemcached(wizard.cache) ? <NodeZones wizard={wizard} /> : <Placement wizard={wizard} />}
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}

function Name({ wizard }: { wizard: Wizard }) {
  const { cache, draft, change, problem } = wizard;
  const isGroup = cache.form === "replication-group";
  return (
    <Container header={<Header variant="h2">Name</Header>}>
      <ColumnLayout columns={2} minColumnWidth={240}>
        <TextField
          label="Name"
          constraint={`Up to ${idLengthMax(cache.form)} letters, digits and hyphens; a letter first. Capitals become small letters.`}
          value={draft.id}
          onChange={(id) => change({ id })}
          error={problem("id")}
        />
        {isGroup && (
          <TextField
            label="Description"
            constraint="Left empty, it is the name."
            value={draft.description}
            onChange={(description) => change({ description })}
            error={problem("description")}
          />
        )}
      </ColumnLayout>
    </Container>
  );
}

function SubnetGroup({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem, choices } = wizard;
  const groups = choices.subnetGroups.answer ?? [];
  return (
    <Choice
      label="Subnet group"
      description="Says in which VPC the cache is, and in which zones its nodes can be."
      value={cache.subnetGroup}
      // Security groups belong to a VPC, so those of another one are not kept.
      onChange={(subnetGroup) => change({ subnetGroup, securityGroups: [] })}
      options={groups.map(({ CacheSubnetGroupName: name = "", VpcId }) => ({
        value: name,
        label: name,
        description: `${VpcId}: ${zonesOf(name, groups).join(", ")}`,
      }))}
      answered={choices.subnetGroups}
      error={problem("subnetGroup")}
    />
  );
}

/** What easy creation has chosen, and the way to choose otherwise. */
function PresetChoices({ wizard }: { wizard: Wizard }) {
  const { cache, change, choices } = wizard;
  const sections = reviewOf(cache, choices.nodeTypes.answer ?? [], choices.family).filter(
    ({ step }) => step !== "engine",
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The button copies all of it into standard creation, in which each can be changed."
          actions={<Button onClick={() => change({ ...cache, method: "standard" })}>Change these choices</Button>}
        >
          What {presetsOf(cache.engine)[cache.preset].title} chooses
        </Header>
      }
    >
      <SpaceBetween size="l">
        {sections.map(({ title, items }) => (
          <div key={title}>
            <Box variant="h3">{title}</Box>
            <KeyValuePairs columns={3} minColumnWidth={200} items={items.filter(({ label }) => !ASKED.has(label))} />
          </div>
        ))}
      </SpaceBetween>
    </Container>
  );
}

/** What is asked above them, so that it is not the preset's. */
const ASKED = new Set(["Name", "Description", "Subnet group", "Tags"]);
