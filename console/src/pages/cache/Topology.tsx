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
import type { Answered } from "../../questions/useQuestion";
import { movesLeft } from "../../reckoning/slots";
import { healthSummary, type Topology as Picture, topologyOf } from "../../reckoning/topology";
import { Asked } from "./Asked";
import { Moves } from "./topology/Moves";
import { ShardCard } from "./topology/ShardCard";
import { SlotBar } from "./topology/SlotBar";
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
          {/* That nobody answers stands above on the page already, and how old this is beside the heading. */}
          {explained.refusal !== undefined && !(explained.refusal.kind === "away" && picture.isExplained) && (
            <NotTold sentence={explained.refusal.sentence} picture={picture} />
          )}
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
  const shown = isWhole ? shards : shards.slice(0, SHARDS_SHOWN);
  return (
    <SpaceBetween size="m">
      {hasSlots && <SlotBar shards={shards} />}
      {moves.length > 0 && <Moves moves={moves} shards={shards} />}
      <ul className={shards.length === 1 ? styles.alone : styles.shards} aria-label="Shards">
        {shown.map((shard) => (
          <ShardCard key={shard.id} shard={shard} index={shards.indexOf(shard)} isDense={nodeCount > ROOMY_NODES} />
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

function NotTold({ sentence, picture }: { sentence: string; picture: Picture }) {
  return (
    <Alert type="warning">
      {picture.isExplained
        ? `This is how it was seen last. ${sentence}`
        : `Roles, zones and slots alone are shown; health, links and lag are not told. ${sentence}`}
    </Alert>
  );
}
