/** The first step: which engine, what it runs on, and how much a person wants to say themselves. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles, { type TilesProps } from "@cloudscape-design/components/tiles";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { type EngineName, type NewCache, offersOf, type PresetName, withEngine } from "../../reckoning/newCache";
import { type Preset, presetInWords, presetsOf } from "../../reckoning/newCachePresets";
import type { Wizard } from "./useNewCache";

export function EngineStep({ wizard }: { wizard: Wizard }) {
  const { cache, draft, change, choices } = wizard;
  return (
    <SpaceBetween size="l">
      <RefusalAlert refusal={choices.versions.refusal} onRetry={choices.versions.askAgain} />
      <Group
        title="Engine"
        description="What stores the data and answers clients."
        error={wizard.problem("engine")}
        items={engines(wizard)}
        value={cache.engine}
        onChange={(engine) => change(withEngine(draft, engine as EngineName))}
      />
      <Group
        title="Deployment option"
        items={cache.engine === "memcached" ? MEMCACHED_DEPLOYMENTS : DEPLOYMENTS}
        value={cache.form}
        onChange={(form) => change({ form: form as NewCache["form"] })}
      />
      <Group
        title="Creation method"
        items={methods(cache)}
        value={cache.method}
        onChange={(method) => change({ method: method as NewCache["method"] })}
      />
      {cache.method === "easy" && (
        <Group
          title="Configuration"
          description="What a cache of each kind is made with. The next step shows all of it, and lets you change it."
          items={presetTiles(cache.engine)}
          value={cache.preset}
          onChange={(preset) => change({ preset: preset as PresetName })}
        />
      )}
    </SpaceBetween>
  );
}

interface GroupProps {
  title: string;
  description?: string;
  error?: string;
  items: TilesProps.TilesDefinition[];
  value: string;
  onChange: (value: string) => void;
}

function Group({ title, description, error, items, value, onChange }: GroupProps) {
  return (
    <Container
      header={
        <Header variant="h2" description={description}>
          {title}
        </Header>
      }
    >
      <FormField errorText={error} stretch>
        <Tiles
          items={items}
          value={value}
          onChange={({ detail }) => onChange(detail.value)}
          columns={3}
          ariaLabel={title}
        />
      </FormField>
    </Container>
  );
}

function engines({ choices }: Wizard): TilesProps.TilesDefinition[] {
  const offered = (engine: EngineName, label: string, purpose: string, install: string): TilesProps.TilesDefinition => {
    const versions = offersOf(engine, choices.versions.answer ?? []).map((offer) => offer.EngineVersion);
    if (choices.versions.answer === undefined) return { value: engine, label, description: purpose };
    return versions.length > 0
      ? { value: engine, label, description: `${purpose} Versions here: ${versions.join(", ")}.` }
      : {
          value: engine,
          label,
          description: `Not on this machine. Brought by: elastane engines install ${install}`,
          disabled: true,
        };
  };
  return [
    offered("valkey", "Valkey", "Open source, and compatible with Redis OSS.", "valkey-9.1"),
    offered("redis", "Redis OSS", "The last versions under an open licence.", "redis-7.0"),
    offered("memcached", "Memcached", "Many threads, plain keys and values, no copies.", "memcached-1.6"),
  ];
}

const SERVERLESS: TilesProps.TilesDefinition = {
  value: "serverless",
  label: "Serverless",
  description: "Not in this version of Elastane.",
  disabled: true,
};

const DEPLOYMENTS: TilesProps.TilesDefinition[] = [
  {
    value: "replication-group",
    label: "Node-based: a replication group",
    description:
      "A primary with replicas, in one shard or many. It can fail over, scale and be upgraded while it serves.",
  },
  {
    value: "cache-cluster",
    label: "Node-based: one node",
    description: "A cache cluster without replication. When its node is lost, so are its data.",
  },
  SERVERLESS,
];

const MEMCACHED_DEPLOYMENTS: TilesProps.TilesDefinition[] = [
  {
    value: "cache-cluster",
    label: "Node-based: a cluster of nodes",
    description:
      "Clients divide the keys among its nodes, and learn of added and removed ones by auto discovery. Nodes keep no copies.",
  },
  SERVERLESS,
];

function methods({ engine, form }: NewCache): TilesProps.TilesDefinition[] {
  const hasPresets = form === "replication-group" || engine === "memcached";
  const restoration: TilesProps.TilesDefinition = {
    value: "restore",
    label: "Restore from a snapshot",
    description: "Snapshots are not in this version of Elastane.",
    disabled: true,
  };
  return [
    {
      value: "easy",
      label: "Easy",
      description: hasPresets ? "Name it, and a preset says the rest." : "Presets are replication groups.",
      disabled: !hasPresets,
    },
    { value: "standard", label: "Standard", description: "Say everything yourself." },
    ...(engine === "memcached" ? [] : [restoration]), // there are no snapshots of Memcached on AWS either
  ];
}

function presetTiles(engine: EngineName): TilesProps.TilesDefinition[] {
  return (Object.entries(presetsOf(engine)) as [PresetName, Preset][]).map(([name, { title, purpose }]) => ({
    value: name,
    label: title,
    description: (
      <>
        <Box variant="small" display="block" margin={{ bottom: "xs" }}>
          {purpose}
        </Box>
        {presetInWords(name, engine).map((words) => (
          <Box key={words} variant="small" display="block">
            {words}
          </Box>
        ))}
      </>
    ),
  }));
}
