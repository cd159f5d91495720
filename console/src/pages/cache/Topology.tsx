/** A live picture of the cache: shards with their slots, nodes with their roles, and the links between them. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useState } from "react";
import type { Subject } from "../../caches";
import type { Explanation } from "../../elastane";
import { Empty } from "../../parts/ListTable";
import { SlotBar, type SlotsOfShard } from "../../parts/SlotBar";
import type { Answered } from "../../questions/useQuestion";
import { movesLeft } from "../../reckoning/slots";
import { healthSummary, type Topology as Picture, type TopologyShard, topologyOf } from "../../reckoning/topology";
import type { Refusal } from "../../refusals";
import { Asked } from "./Asked";
import { Moves } from "./topology/Moves";
import { ShardCard } from "./topology/ShardCard";
import styles from "./topology/topology.module.css";

const SHARDS_SHOWN = 12;
/** Above so many nodes each one's address is left to the Nodes tab. */
const ROOMY_NODES = 24;

export function Topology({ subject, explained }: { subject: Subject; explained: Answered<Explanation> }) {
  const picture = topologyOf(subject, explained.answer);
  const description = explained.isWaiting ? "Asking how the nodes are." : healthSummary(picture);
  return (
    <Container
      header={
        <Header variant="h2" description={description} actions={<Asked asked={explained} />}>
          Topology
        </Header>
      }
    >
      {explained.isWaiting ? (
        <Spinner />
      ) : (
        <SpaceBetween size="m">
          {explained.refusal !== undefined && <NotTold refusal={explained.refusal} picture={picture} />}
          <Shards picture={picture} />
        </SpaceBetween>
      )}
    </Container>
  );
}

function Shards({ picture: { shards, nodeCount } }: { picture: Picture }) {
  const [isWhole, setIsWhole] = useState(false);
  if (shards.length === 0) return <Empty sentence="There is no node yet; this picture grows by itself." />;
  const hasSlots = shards.some((shard) => shard.slots !== undefined);
  const moves = movesLeft(
    shards.map(({ id, slots }) => ({ shardId: id, slots: slots?.owned ?? [], target: slots?.target ?? [] })),
  );
  const isMoving = moves.length > 0;
  const shown = isWhole ? shards : shards.slice(0, SHARDS_SHOWN);
  return (
    <SpaceBetween size="m">
      {hasSlots && <SlotBar title={isMoving ? "Slots now" : "Slots"} shards={slotsOf(shards, "owned")} />}
      {isMoving && <SlotBar title="Slots when all have moved" shards={slotsOf(shards, "target")} />}
      {isMoving && <Moves moves={moves} />}
      <ul className={shards.length === 1 ? styles.alone : styles.shards} aria-label="Shards">
        {shown.map((shard) => (
          <ShardCard key={shard.id} shard={shard} isDense={nodeCount > ROOMY_NODES} />
        ))}
      </ul>
      {shards.length > SHARDS_SHOWN && (
        <Button onClick={() => setIsWhole(!isWhole)} ariaExpanded={isWhole}>
          {isWhole ? `Show the first ${SHARDS_SHOWN} shards` : `Show all ${shards.length} shards`}
        </Button>
      )}
    </SpaceBetween>
  );
}

function slotsOf(shards: readonly TopologyShard[], which: "owned" | "target"): SlotsOfShard[] {
  return shards.map(({ id, slots }) => ({ id, slots: slots?.[which] ?? [] }));
}

function NotTold({ refusal: { kind, sentence }, picture }: { refusal: Refusal; picture: Picture }) {
  // That nobody answers, or that the cache is gone, the page says by itself, and how old this is stands by the heading.
  if (picture.isExplained && (kind === "away" || kind === "not-found")) return null;
  return (
    <Alert type="warning">
      {picture.isExplained
        ? `This is how it was seen last. ${sentence}`
        : `Roles, zones and slots alone are shown; health, links and lag are not told. ${sentence}`}
    </Alert>
  );
}
