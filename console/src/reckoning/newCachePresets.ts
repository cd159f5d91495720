/** Easy creation: what each preset chooses. Whatever is not named here is as in a blank form, and the review shows it. */

import { counted } from "../words/numbers";
import { BLANK, DEFAULT_PORTS, type EngineName, type NewCache, nodeCountOf, type PresetName } from "./newCache";

type Choice = Pick<
  NewCache,
  "nodeType" | "clusterMode" | "shardCount" | "replicaCount" | "hasAutomaticFailover" | "isMultiAz" | "encryption"
>;
type MemcachedChoice = Pick<NewCache, "nodeType" | "nodeCount" | "zonePlan" | "encryption">;

export interface Preset<Chosen = Partial<NewCache>> {
  title: string;
  purpose: string;
  choice: Chosen;
}

export const PRESETS: Record<PresetName, Preset<Choice>> = {
  production: {
    title: "Production",
    purpose: "Writes spread over shards, and each shard outlives the loss of a zone.",
    choice: {
      nodeType: "cache.r7g.xlarge",
      clusterMode: "enabled",
      shardCount: "3",
      replicaCount: "2",
      hasAutomaticFailover: true,
      isMultiAz: true,
      encryption: "required",
    },
  },
  "dev-test": {
    title: "Dev/Test",
    purpose: "A small cluster to develop against.",
    choice: {
      nodeType: "cache.r7g.large",
      clusterMode: "enabled",
      shardCount: "2",
      replicaCount: "1",
      hasAutomaticFailover: true,
      isMultiAz: false,
      encryption: "off",
    },
  },
  demo: {
    title: "Demo",
    purpose: "A primary and a replica, to look at.",
    choice: {
      nodeType: "cache.t4g.micro",
      clusterMode: "disabled",
      shardCount: "1",
      replicaCount: "1",
      hasAutomaticFailover: true,
      isMultiAz: false,
      encryption: "off",
    },
  },
};

export const MEMCACHED_PRESETS: Record<PresetName, Preset<MemcachedChoice>> = {
  production: {
    title: "Production",
    purpose: "Keys spread over nodes in several zones: a lost one takes a third of them along.",
    choice: { nodeType: "cache.r7g.xlarge", nodeCount: "3", zonePlan: "any", encryption: "required" },
  },
  "dev-test": {
    title: "Dev/Test",
    purpose: "Two nodes to develop against.",
    choice: { nodeType: "cache.r7g.large", nodeCount: "2", zonePlan: "any", encryption: "off" },
  },
  demo: {
    title: "Demo",
    purpose: "Three small nodes, to look at and to scale.",
    choice: { nodeType: "cache.t4g.micro", nodeCount: "3", zonePlan: "any", encryption: "off" },
  },
};

export function presetsOf(engine: EngineName): Record<PresetName, Preset> {
  return engine === "memcached" ? MEMCACHED_PRESETS : PRESETS;
}

/** The draft with the preset's choices, and a person's own only where easy creation asks for them. */
export function withPreset(draft: NewCache): NewCache {
  const { engine, method, preset, id, description, subnetGroup, tags } = draft;
  const own = { engine, method, preset, id, description, subnetGroup, tags };
  return { ...BLANK, port: DEFAULT_PORTS[engine], ...own, ...presetsOf(engine)[preset].choice };
}

/** What a preset chooses, in one sentence each. */
export function presetInWords(name: PresetName, engine: EngineName = "valkey"): string[] {
  return engine === "memcached" ? memcachedPresetInWords(name) : groupPresetInWords(name);
}

function memcachedPresetInWords(name: PresetName): string[] {
  const { nodeType, nodeCount, encryption } = MEMCACHED_PRESETS[name].choice;
  return [
    nodeType,
    `${nodeCount} nodes, spread over the zones`,
    encryption === "off" ? "No encryption in transit" : "Encryption in transit",
    "Everybody who reaches it is let in",
  ];
}

function groupPresetInWords(name: PresetName): string[] {
  const { choice } = PRESETS[name];
  const cache = withPreset({ ...BLANK, preset: name });
  const replicas = counted(Number(choice.replicaCount), "replica");
  const shards = choice.clusterMode === "enabled" ? `Cluster mode with ${choice.shardCount} shards, ` : "One shard, ";
  return [
    choice.nodeType,
    `${shards}${replicas}${choice.clusterMode === "enabled" ? " each" : ""}: ${counted(nodeCountOf(cache), "node")}`,
    `Automatic failover, ${choice.isMultiAz ? "Multi-AZ" : "no Multi-AZ"}`,
    choice.encryption === "off" ? "No encryption in transit" : "Encryption in transit required",
    "Everybody who reaches it is let in",
  ];
}
