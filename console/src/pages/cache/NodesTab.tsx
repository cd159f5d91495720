/** Every node in a line: what it is, how it is, where it is reached. */

import Box from "@cloudscape-design/components/box";
import type { Cache, Subject } from "../../caches";
import type { Explanation } from "../../elastane";
import { NodeActions } from "../../parts/actions/NodeActions";
import { CopyText } from "../../parts/CopyText";
import { type Column, ListTable } from "../../parts/ListTable";
import { StatusWord } from "../../parts/StatusWord";
import { useNodeClusters } from "../../questions/useNodeClusters";
import type { Answered } from "../../questions/useQuestion";
import { linkWords, type TopologyNode, topologyOf } from "../../reckoning/topology";
import { Health } from "./topology/NodeCard";

interface Row extends TopologyNode {
  /** AWS's word for the node as a cache cluster. */
  status?: string;
}

export function NodesTab({ subject, explained }: { subject: Subject; explained: Answered<Explanation> }) {
  const clusters = useNodeClusters(subject.cache.memberIds);
  const statuses = new Map(clusters.answer?.map((one) => [one.CacheClusterId, one.CacheClusterStatus]));
  const { shards } = topologyOf(subject, explained.answer);
  const rows = shards
    .flatMap((shard) => [...shard.primaries, ...shard.others])
    .map((node): Row => ({ ...node, status: statuses.get(node.id) }));
  const isSharded = subject.cache.clusterMode !== "disabled";
  return (
    <ListTable
      noun="node"
      id="cache-nodes"
      title="Nodes"
      description="Role, health and replication are as Elastane saw them last."
      answered={{
        isWaiting: explained.isWaiting,
        refusal: explained.refusal ?? clusters.refusal,
        askAgain: () => {
          explained.askAgain();
          clusters.askAgain();
        },
      }}
      items={rows}
      idOf={(node) => node.id}
      columns={columnsFor(subject.cache, isSharded)}
      filteredBy={[...(isSharded ? ["shard"] : []), "role", "health", "zone", "id"]}
      empty={{ sentence: "There is no node yet; they appear here by themselves." }}
    />
  );
}

const COLUMNS: readonly Column<Row>[] = [
  { id: "id", header: "Node", text: (node) => node.id, cell: (node) => node.id, isRowHeader: true, minWidth: 160 },
  { id: "shard", header: "Shard", text: (node) => node.shardId, cell: (node) => node.shardId },
  { id: "role", header: "Role", text: (node) => node.role, cell: roleWords },
  {
    id: "status",
    header: "Status",
    text: (node) => node.status ?? "",
    cell: (node) => <StatusWord status={node.status} />,
    minWidth: 130,
  },
  {
    id: "health",
    header: "Health",
    text: (node) => node.health ?? "",
    cell: (node) => (
      <>
        <Health node={node} />
        {node.health !== "ready" && node.sentence !== undefined && <Box fontSize="body-s">{node.sentence}</Box>}
      </>
    ),
    minWidth: 160,
  },
  { id: "zone", header: "Zone", text: (node) => node.zone, cell: (node) => node.zone || "-" },
  {
    id: "endpoint",
    header: "Endpoint",
    text: endpointWords,
    cell: (node) =>
      endpointWords(node) === "" ? "-" : <CopyText text={endpointWords(node)} label={`the endpoint of ${node.id}`} />,
    minWidth: 205,
  },
  { id: "version", header: "Version", text: (node) => node.version ?? "", cell: (node) => node.version ?? "-" },
  {
    id: "lag",
    header: "Replication",
    text: (node) => node.lagSeconds ?? -1,
    cell: (node) => linkWords(node) || "-",
    minWidth: 200,
  },
  {
    id: "follows",
    header: "Follows",
    text: (node) => node.follows ?? "",
    cell: (node) => node.follows ?? "-",
    isHiddenAtFirst: true,
  },
];

/** Acts stand beside the name, where they are seen without scrolling. */
function columnsFor(cache: Cache, isSharded: boolean): Column<Row>[] {
  const [name, ...others] = COLUMNS.filter(({ id }) => isSharded || id !== "shard");
  return name === undefined ? others : [name, actsColumn(cache), ...others];
}

function actsColumn(cache: Cache): Column<Row> {
  return {
    id: "acts",
    header: "Actions",
    isUnsorted: true,
    text: () => "",
    // A temporary node is no cache cluster of the customer's: nothing can be asked of it.
    cell: (node) => (node.isTemporary ? "-" : <NodeActions cache={cache} node={node} />),
    minWidth: 115,
  };
}

function roleWords(node: Row): string {
  const role = node.role === "unknown" ? "not known" : node.role;
  const more = [node.isLeaving ? "leaving" : "", node.isTemporary ? "temporary" : ""].filter(Boolean);
  return [role, ...more].join(", ");
}

function endpointWords({ address, port }: Row): string {
  return address === "" || port === undefined ? "" : `${address}:${port}`;
}
