/** A live picture of a Memcached cluster: its nodes, those of one zone together, for together they are lost. */

import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Subject } from "../../caches";
import type { Explanation } from "../../elastane";
import { ActionButton } from "../../parts/actions/ActionButton";
import { Empty } from "../../parts/ListTable";
import { StatusWord } from "../../parts/StatusWord";
import type { Answered } from "../../questions/useQuestion";
import {
  byZone,
  cacheNodesOf,
  discoveryOf,
  endpointWords,
  nodesSummary,
  type ShownCacheNode,
  type ZoneOfNodes,
} from "../../reckoning/cacheNodes";
import { counted } from "../../words/numbers";
import { Asked } from "./Asked";
import { Health } from "./topology/NodeCard";
import styles from "./topology/topology.module.css";

export function CacheNodes({ subject, explained }: { subject: Subject; explained: Answered<Explanation> }) {
  const nodes = cacheNodesOf(subject.cluster, explained.answer);
  // While a cluster comes to another node type, some nodes have it already.
  const showsTypes = new Set(nodes.map((node) => node.nodeType)).size > 1;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={nodesSummary(nodes)}
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <Asked asked={explained} />
              <ActionButton cache={subject.cache} action="add-nodes">
                Add nodes
              </ActionButton>
            </SpaceBetween>
          }
        >
          Nodes
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Discovery explanation={explained.answer} />
        {nodes.length === 0 ? (
          <Empty sentence="There is no node yet; they appear here by themselves." />
        ) : (
          <ul className={styles.zones} aria-label="Zones">
            {byZone(nodes).map((part) => (
              <Zone key={part.zone} part={part} showsTypes={showsTypes} />
            ))}
          </ul>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Discovery({ explanation }: { explanation: Explanation | undefined }) {
  const discovery = discoveryOf(explanation);
  if (discovery === undefined) return null;
  return <StatusIndicator type={SIGNS[discovery.kind]}>{discovery.sentence}</StatusIndicator>;
}

const SIGNS = { good: "success", waiting: "in-progress", bad: "warning" } as const;

function Zone({ part: { zone, nodes }, showsTypes }: { part: ZoneOfNodes; showsTypes: boolean }) {
  return (
    <li className={styles.shard}>
      <div className={styles.head}>
        <Box variant="h3">{zone || "Zone not known yet"}</Box>
        <Box variant="small" display="block" color="text-body-secondary">
          {counted(nodes.length, "node")}
        </Box>
      </div>
      <ul className={styles.column} aria-label={`Nodes in ${zone}`}>
        {nodes.map((node) => (
          <Card key={node.id} node={node} showsType={showsTypes} />
        ))}
      </ul>
    </li>
  );
}

function Card({ node, showsType }: { node: ShownCacheNode; showsType: boolean }) {
  return (
    <li className={styles.row}>
      <div className={styles.lone}>
        <div className={styles.name}>
          <Box variant="strong">{node.id}</Box>
          {node.health === undefined ? <StatusWord status={node.status} /> : <Health node={node} />}
          {node.isLeaving && <Badge color="severity-medium">Leaving</Badge>}
          {node.isPublished === false && !node.isLeaving && <Badge>Not in the list yet</Badge>}
          {node.parameterStatus === "pending-reboot" && <Badge>Pending reboot</Badge>}
        </div>
        {node.health !== "ready" && node.sentence !== undefined && <Box fontSize="body-s">{node.sentence}</Box>}
        <Box fontSize="body-s" color="text-body-secondary">
          {endpointWords(node)}
          {showsType && <div>{node.nodeType}</div>}
        </Box>
      </div>
    </li>
  );
}
