/** Every node of a Memcached cluster in a line, and what can be done with those that are selected. */

import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Subject } from "../../caches";
import type { Explanation } from "../../elastane";
import { ActionButton } from "../../parts/actions/ActionButton";
import { CopyText } from "../../parts/CopyText";
import { type Column, ListTable } from "../../parts/ListTable";
import { StatusWord } from "../../parts/StatusWord";
import type { Answered } from "../../questions/useQuestion";
import { cacheNodesOf, endpointWords, type ShownCacheNode } from "../../reckoning/cacheNodes";
import { moment } from "../../words/times";
import { Health } from "./topology/NodeCard";

export function CacheNodesTab({ subject, explained }: { subject: Subject; explained: Answered<Explanation> }) {
  const { cache, cluster } = subject;
  const [selectedIds, setSelectedIds] = useState<readonly string[]>([]);
  const nodes = cacheNodesOf(cluster, explained.answer);
  const selected = nodes.filter((node) => selectedIds.includes(node.id));
  const chosen = selected.map((node) => node.id);
  return (
    <ListTable
      noun="node"
      id="memcached-nodes"
      title="Nodes"
      description="Clients reach each at its own endpoint. Removing and rebooting are of those that are selected."
      answered={explained}
      items={nodes}
      idOf={(node) => node.id}
      columns={COLUMNS}
      filteredBy={["zone", "status", "health", "parameters", "id"]}
      selection={{
        type: "multi",
        selected,
        onSelect: (some) => setSelectedIds(some.map((node) => node.id)),
      }}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ActionButton cache={cache} action="reboot" nodeIds={chosen}>
            Reboot nodes
          </ActionButton>
          <ActionButton cache={cache} action="remove-nodes" nodeIds={chosen}>
            Remove nodes
          </ActionButton>
          <ActionButton cache={cache} action="add-nodes">
            Add nodes
          </ActionButton>
        </SpaceBetween>
      }
      empty={{ sentence: "There is no node yet; they appear here by themselves." }}
    />
  );
}

const COLUMNS: readonly Column<ShownCacheNode>[] = [
  { id: "id", header: "Node", text: (node) => node.id, cell: (node) => node.id, isRowHeader: true, width: 105 },
  {
    id: "status",
    header: "Status",
    text: (node) => node.status,
    cell: (node) => (
      <>
        <StatusWord status={node.status} />
        {node.health !== undefined && node.health !== "ready" && (
          <Box fontSize="body-s">{[node.health, node.sentence].filter(Boolean).join(": ")}</Box>
        )}
        {node.isPublished === false && <Box fontSize="body-s">Clients are not told of it.</Box>}
      </>
    ),
    width: 140,
  },
  {
    id: "health",
    header: "Health",
    text: (node) => node.health ?? "",
    cell: (node) => <Health node={node} />,
    width: 120,
    isHiddenAtFirst: true,
  },
  {
    id: "discovery",
    header: "In the list",
    text: (node) => discoveryWords(node),
    cell: discoveryWords,
    width: 115,
    isHiddenAtFirst: true, // who is not in it has that below the status
  },
  { id: "zone", header: "Zone", text: (node) => node.zone, cell: (node) => node.zone || "-", width: 125 },
  {
    id: "endpoint",
    header: "Endpoint",
    text: endpointWords,
    cell: (node) =>
      endpointWords(node) === "" ? "-" : <CopyText text={endpointWords(node)} label={`the endpoint of ${node.id}`} />,
    width: 220,
  },
  {
    id: "parameters",
    header: "Parameters",
    text: (node) => node.parameterStatus,
    cell: (node) => <StatusWord status={node.parameterStatus} />,
    width: 175,
  },
  {
    id: "created",
    header: "Created",
    text: (node) => node.createdAt?.getTime() ?? 0,
    cell: (node) => (node.createdAt === undefined ? "-" : moment(node.createdAt)),
    minWidth: 220,
  },
  {
    id: "nodeType",
    header: "Node type",
    text: (node) => node.nodeType,
    cell: (node) => node.nodeType || "-",
    isHiddenAtFirst: true,
  },
  {
    id: "version",
    header: "Version",
    text: (node) => node.version ?? "",
    cell: (node) => node.version ?? "-",
    isHiddenAtFirst: true,
  },
];

/** Whether clients with auto discovery are told of it. */
function discoveryWords({ isPublished }: ShownCacheNode): string {
  return isPublished === undefined ? "-" : isPublished ? "Yes" : "No";
}
