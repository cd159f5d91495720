/** In which zones the nodes of a Memcached cluster are: spread by Elastane, all in one, or said one by one. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type NewCache, nodeCountOf, shardName, zonesOf } from "../../reckoning/newCache";
import { Choice } from "./fields";
import type { Wizard } from "./useNewCache";

export function NodeZones({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem, choices } = wizard;
  const zones = zonesOf(cache.subnetGroup, choices.subnetGroups.answer ?? []);
  const options = zones.map((name) => ({ value: name, label: name }));
  const whyNotSpread = reasonAgainst(nodeCountOf(cache), zones.length);
  return (
    <SpaceBetween size="l">
      <FormField label="Zones" errorText={problem("zones")}>
        <RadioGroup
          value={cache.zonePlan}
          onChange={({ detail }) => change({ zonePlan: detail.value as NewCache["zonePlan"] })}
          items={[
            {
              value: "any",
              label: "Several, chosen by Elastane",
              description: whyNotSpread ?? "When a zone is lost, the keys of its nodes alone are lost with it.",
              disabled: whyNotSpread !== undefined,
            },
            { value: "one", label: "One", description: "All nodes near one another, and lost together." },
            { value: "own", label: "Say a zone for each node" },
          ]}
        />
      </FormField>
      {cache.zonePlan === "one" && (
        <Choice
          label="Zone"
          value={cache.zone === "" ? WHICHEVER : cache.zone}
          onChange={(zone) => change({ zone: zone === WHICHEVER ? "" : zone })}
          options={[{ value: WHICHEVER, label: "No preference" }, ...options]}
          answered={choices.subnetGroups}
        />
      )}
      {cache.zonePlan === "own" && (
        <ColumnLayout columns={4} minColumnWidth={170}>
          {cache.zones[0]?.map((zone, node) => (
            <Choice
              key={shardName(node)}
              label={`Zone of node ${shardName(node)}`}
              value={zone}
              onChange={(chosen) => change({ zones: [(cache.zones[0] ?? []).with(node, chosen)] })}
              options={options}
              answered={choices.subnetGroups}
            />
          ))}
        </ColumnLayout>
      )}
    </SpaceBetween>
  );
}

function reasonAgainst(nodeCount: number, zoneCount: number): string | undefined {
  if (nodeCount === 1) return "There is one node only.";
  return zoneCount === 1 ? "The subnet group has subnets in one zone only." : undefined;
}

/** Of no zone: names have no spaces. */
const WHICHEVER = "no preference";
