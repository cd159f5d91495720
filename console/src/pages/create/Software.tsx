/** What the nodes run: version, node type, parameter group, port. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { offersOf } from "../../reckoning/newCache";
import { defaultParameterGroup } from "../../reckoning/newCacheWords";
import { nodeTypeFamilies } from "../../reckoning/nodeTypeFamilies";
import { bytes } from "../../words/numbers";
import { Choice, TextField } from "./fields";
import type { Wizard } from "./useNewCache";

export function Software({ wizard }: { wizard: Wizard }) {
  const { cache, draft, change, problem, choices } = wizard;
  return (
    <Container header={<Header variant="h2">Engine and nodes</Header>}>
      <SpaceBetween size="l">
        <ColumnLayout columns={2} minColumnWidth={240}>
          <Choice
            label="Engine version"
            value={cache.engineVersion}
            onChange={(engineVersion) => change({ engineVersion })}
            options={offersOf(cache.engine, choices.versions.answer ?? []).map((offer) => ({
              value: offer.EngineVersion ?? "",
              label: offer.EngineVersion,
              description: `Parameter group family ${offer.CacheParameterGroupFamily}`,
            }))}
            answered={choices.versions}
            error={problem("engineVersion")}
          />
          <NodeTypeChoice wizard={wizard} />
          <ParameterGroupChoice wizard={wizard} />
          <TextField
            label="Port"
            constraint="From 1024 to 65535."
            inputMode="numeric"
            value={draft.port}
            onChange={(port) => change({ port })}
            error={problem("port")}
          />
        </ColumnLayout>
      </SpaceBetween>
    </Container>
  );
}

function NodeTypeChoice({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem, choices } = wizard;
  const families = nodeTypeFamilies(choices.nodeTypes.answer ?? [], cache.engine);
  const chosen = choices.nodeTypes.answer?.find(({ name }) => name === cache.nodeType);
  return (
    <Choice
      label="Node type"
      constraint={chosen === undefined ? undefined : `${bytes(chosen.memoryBytes)} of memory for each node's engine.`}
      value={cache.nodeType}
      onChange={(nodeType) => change({ nodeType })}
      options={families.map(({ name: family, title, types, refusal }) => ({
        label: refusal === undefined ? title : `${family}: ${refusal}`,
        options: types.map(({ name, memoryBytes }) => ({
          value: name,
          label: name,
          labelTag: bytes(memoryBytes),
          disabled: refusal !== undefined,
          disabledReason: refusal,
        })),
      }))}
      answered={choices.nodeTypes}
      isFiltered
      error={problem("nodeType")}
    />
  );
}

function ParameterGroupChoice({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem, choices } = wizard;
  const own = (choices.parameterGroups.answer ?? []).filter(
    ({ CacheParameterGroupName = "", CacheParameterGroupFamily }) =>
      CacheParameterGroupFamily === choices.family && !CacheParameterGroupName.startsWith("default."),
  );
  return (
    <Choice
      label="Parameter group"
      value={cache.parameterGroup === "" ? DEFAULT : cache.parameterGroup}
      onChange={(name) => change({ parameterGroup: name === DEFAULT ? "" : name })}
      options={[
        {
          value: DEFAULT,
          label: defaultParameterGroup(cache, choices.family),
          description: "The engine version's own",
        },
        ...own.map(({ CacheParameterGroupName: name = "", Description }) => ({
          value: name,
          label: name,
          description: Description,
        })),
      ]}
      answered={choices.parameterGroups}
      error={problem("parameterGroup")}
    />
  );
}

/** Of no group: names have no spaces. */
const DEFAULT = "the default one";
