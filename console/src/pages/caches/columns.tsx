/** The columns of the list of caches. A cell that has to ask for something asks when it is shown. */

import type { UpdateAction } from "@aws-sdk/client-elasticache";
import Box from "@cloudscape-design/components/box";
import type { TableProps } from "@cloudscape-design/components/table";
import { type Cache, isMemcached, pathOf } from "../../caches";
import { CopyText } from "../../parts/CopyText";
import { StatusWord } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { useCacheVersion } from "../../questions/useCacheVersion";
import type { MemoryOf } from "../../questions/useNodeTypeMemory";
import { actionsOf, updateWord } from "../../reckoning/updateStatus";
import { engineTitle } from "../../reckoning/upgrades";
import { bytes } from "../../words/numbers";
import { moment } from "../../words/times";
import { UpdateStatus } from "./UpdateStatus";

export interface CacheColumn extends TableProps.ColumnDefinition<Cache> {
  id: string;
  header: string;
  isHiddenAtFirst?: boolean;
}

export interface ColumnsNeed {
  memoryOf: MemoryOf;
  /** Absent until they are known. */
  updateActions: readonly UpdateAction[] | undefined;
}

export function cacheColumns({ memoryOf, updateActions }: ColumnsNeed): CacheColumn[] {
  return [
    {
      id: "name",
      header: "Name",
      cell: (cache) => <TextLink to={pathOf(cache)}>{cache.id}</TextLink>,
      isRowHeader: true,
      sortingField: "name",
      minWidth: 160,
    },
    {
      id: "status",
      header: "Status",
      cell: (cache) => <StatusWord status={cache.status} />,
      sortingField: "status",
      minWidth: 140,
    },
    {
      id: "engine",
      header: "Engine",
      cell: (cache) => <Engine cache={cache} />,
      sortingField: "engine",
      minWidth: 130,
    },
    { id: "clusterMode", header: "Cluster mode", cell: clusterMode, sortingField: "clusterMode", minWidth: 130 },
    { id: "shards", header: "Shards", cell: shards, sortingField: "shards", minWidth: 115 },
    { id: "nodes", header: "Nodes", cell: (cache) => cache.nodeCount, sortingField: "nodes", minWidth: 110 },
    {
      id: "nodeType",
      header: "Node type",
      cell: (cache) => <NodeType nodeType={cache.nodeType} memoryBytes={memoryOf(cache)} />,
      sortingField: "nodeType",
      minWidth: 150,
    },
    {
      id: "updates",
      header: "Updates",
      cell: (cache) => <UpdateStatus word={updateActions && updateWord(actionsOf(cache, updateActions))} />,
      minWidth: 185,
    },
    { id: "encryption", header: "Encryption", cell: encryption, sortingField: "encryption", minWidth: 130 },
    { id: "access", header: "Access", cell: access, sortingField: "access", minWidth: 120 },
    {
      id: "multiAz",
      header: "Multi-AZ",
      cell: multiAz,
      sortingField: "multiAz",
      minWidth: 110,
    },
    {
      id: "created",
      header: "Created",
      cell: (cache) => (cache.createdAt === undefined ? "-" : moment(cache.createdAt)),
      sortingField: "created",
      minWidth: 170,
    },
    {
      id: "description",
      header: "Description",
      cell: (cache) => cache.description || "-",
      sortingField: "description",
      minWidth: 180,
      isHiddenAtFirst: true,
    },
    {
      id: "arn",
      header: "ARN",
      cell: (cache) => <CopyText text={cache.arn} label={`the ARN of ${cache.id}`} />,
      minWidth: 260,
      isHiddenAtFirst: true,
    },
  ];
}

function Engine({ cache }: { cache: Cache }) {
  return <>{engineTitle(cache.engine, useCacheVersion(cache))}</>;
}

function NodeType({ nodeType, memoryBytes }: { nodeType: string; memoryBytes: number | undefined }) {
  return (
    <>
      <div>{nodeType}</div>
      {memoryBytes !== undefined && (
        <Box variant="small" color="text-body-secondary">
          {bytes(memoryBytes)}
        </Box>
      )}
    </>
  );
}

function multiAz(cache: Cache): string {
  if (isMemcached(cache)) return "-"; // it is about failover
  return cache.isMultiAz ? "Enabled" : "Disabled";
}

function clusterMode(cache: Cache): string {
  if (isMemcached(cache)) return "-";
  if (cache.form === "cache-cluster") return "Single node";
  return { enabled: "Enabled", disabled: "Disabled", compatible: "Compatible" }[cache.clusterMode];
}

/** What is being created has none to tell of yet, and a node on its own is in no shard. */
function shards(cache: Cache): string | number {
  return cache.shardCount === 0 ? "-" : cache.shardCount;
}

function encryption(cache: Cache): string {
  return { required: "Required", preferred: "Preferred", off: "Off" }[cache.encryption];
}

function access(cache: Cache): string {
  return { users: "Users", "AUTH token": "AUTH token", open: "Open" }[cache.access];
}
