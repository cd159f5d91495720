/** In which zone each node is, and which slots each shard owns: spread by Elastane, or said one by one. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Pagination from "@cloudscape-design/components/pagination";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { type NewCache, shardName, zonesOf } from "../../reckoning/newCache";
import { Choice, TextField } from "./fields";
import type { Wizard } from "./useNewCache";

/** A cluster may have hundreds of shards, and each of them has up to seven fields. */
const SHARDS_PER_PAGE = 5;

export function Placement({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem } = wizard;
  const isCluster = cache.clusterMode === "enabled";
  const isOwn = cache.zonePlan === "own" || cache.slotPlan === "own";
  return (
    <SpaceBetween size="l">
      <ColumnLayout columns={2} minColumnWidth={240}>
        <FormField label="Zones" errorText={problem("zones")}>
          <RadioGroup
            value={cache.zonePlan}
            onChange={({ detail }) => change({ zonePlan: detail.value as NewCache["zonePlan"] })}
            items={[
              { value: "any", label: "No preference", description: "Nodes of a shard are spread over the zones." },
              { value: "own", label: "Say a zone for each node" },
            ]}
          />
        </FormField>
        {isCluster && (
          <FormField label="Slots" errorText={problem("slots")}>
            <RadioGroup
              value={cache.slotPlan}
              onChange={({ detail }) => change({ slotPlan: detail.value as NewCache["slotPlan"] })}
              items={[
                { value: "even", label: "As many for each shard" },
                { value: "own", label: "Say which shard owns which slots" },
              ]}
            />
          </FormField>
        )}
      </ColumnLayout>
      {cache.slotPlan === "own" && <Button onClick={() => change({ slots: [] })}>Spread the slots evenly again</Button>}
      {isOwn && <Shards wizard={wizard} />}
    </SpaceBetween>
  );
}

function Shards({ wizard }: { wizard: Wizard }) {
  const { cache } = wizard;
  const [page, setPage] = useState(1);
  const pageCount = Math.max(1, Math.ceil(cache.zones.length / SHARDS_PER_PAGE));
  const shownPage = Math.min(page, pageCount);
  const first = (shownPage - 1) * SHARDS_PER_PAGE;
  const shown = cache.zones.slice(first, first + SHARDS_PER_PAGE);
  return (
    <SpaceBetween size="m">
      {pageCount > 1 && (
        <Pagination
          currentPageIndex={shownPage}
          pagesCount={pageCount}
          onChange={({ detail }) => setPage(detail.currentPageIndex)}
          ariaLabels={{
            nextPageLabel: "Next shards",
            previousPageLabel: "Previous shards",
            pageLabel: (number) => `Shards, page ${number}`,
          }}
        />
      )}
      {shown.map((_, index) => (
        <Shard key={shardName(first + index)} wizard={wizard} shard={first + index} />
      ))}
    </SpaceBetween>
  );
}

function Shard({ wizard, shard }: { wizard: Wizard; shard: number }) {
  const { cache, change, choices } = wizard;
  const isCluster = cache.clusterMode === "enabled";
  const zones = zonesOf(cache.subnetGroup, choices.subnetGroups.answer ?? []);
  const prefix = isCluster ? `Shard ${shardName(shard)}: ` : "";
  return (
    <div>
      {isCluster && <Box variant="h3">Shard {shardName(shard)}</Box>}
      <ColumnLayout columns={4} minColumnWidth={170}>
        {cache.slotPlan === "own" && (
          <TextField
            label={`${prefix}slots`}
            value={cache.slots[shard] ?? ""}
            onChange={(text) => change({ slots: cache.slots.with(shard, text) })}
          />
        )}
        {cache.zonePlan === "own" &&
          cache.zones[shard]?.map((zone, node) => (
            <Choice
              // biome-ignore lint/suspicious/noArrayIndexKey: a node is its place in the shard; it has no name yet.
              key={node}
              label={`${prefix}${nodeLabel(cache, node)}`}
              value={zone}
              onChange={(chosen) => change({ zones: withZone(cache, shard, node, chosen) })}
              options={zones.map((name) => ({ value: name, label: name }))}
              answered={choices.subnetGroups}
            />
          ))}
      </ColumnLayout>
    </div>
  );
}

function nodeLabel(cache: NewCache, node: number): string {
  if (cache.form === "cache-cluster") return "Zone of the node";
  return node === 0 ? "primary's zone" : `replica ${node}'s zone`;
}

function withZone(cache: NewCache, shard: number, node: number, zone: string) {
  return cache.zones.with(shard, (cache.zones[shard] ?? []).with(node, zone));
}
