/** What a resharding would move: every shard before and after in a bar of all slots, and the moves one by one. */

import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Table from "@cloudscape-design/components/table";
import type { ShardConfigurationPreview } from "../../elastane";
import type { Answered } from "../../questions/useQuestion";
import { changeInWords, movedPercent, type PreviewedShard, previewedShards } from "../../reckoning/shardPreview";
import { counted, percent } from "../../words/numbers";
import { RefusalAlert } from "../RefusalAlert";
import { SlotBar, Swatch } from "../SlotBar";

export function ShardPreview({ answered }: { answered: Answered<ShardConfigurationPreview> }) {
  const { answer, refusal, isWaiting } = answered;
  if (refusal !== undefined) return <RefusalAlert refusal={refusal} />;
  if (isWaiting) {
    return (
      <Box>
        <Spinner /> Asking which slots would move
      </Box>
    );
  }
  if (answer === undefined) return null;
  const shards = previewedShards(answer);
  if (answer.MovedSlotCount === 0) {
    return <Box>Nothing would move: every shard has as many slots as the others already, give or take one.</Box>;
  }
  return (
    <SpaceBetween size="m">
      <Header variant="h3" description="Nothing is changed by looking at this.">
        {`${counted(answer.MovedSlotCount, "slot")} would move, ${percent(movedPercent(answer))} of all`}
      </Header>
      <SlotBar title="Slots before" shards={shards.map(({ id, before }) => ({ id, slots: before }))} />
      <SlotBar title="Slots after" shards={shards.map(({ id, after }) => ({ id, slots: after }))} />
      <ShardTable shards={shards} />
      <Table
        variant="embedded"
        contentDensity="compact"
        wrapLines
        header={<Header variant="h3">Moves</Header>}
        ariaLabels={{ tableLabel: "moves of slots" }}
        items={answer.Moves}
        trackBy={(move) => `${move.From} ${move.To}`}
        columnDefinitions={[
          { id: "from", header: "From", cell: (move) => move.From, isRowHeader: true },
          { id: "to", header: "To", cell: (move) => move.To },
          { id: "slots", header: "Slots", cell: (move) => move.Slots.replaceAll(",", ", ") },
          { id: "count", header: "Count", cell: (move) => move.SlotCount.toLocaleString("en") },
        ]}
      />
    </SpaceBetween>
  );
}

function ShardTable({ shards }: { shards: readonly PreviewedShard[] }) {
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      wrapLines
      ariaLabels={{ tableLabel: "shards" }}
      header={<Header variant="h3">Shards</Header>}
      items={shards}
      trackBy="id"
      columnDefinitions={[
        {
          id: "shard",
          header: "Shard",
          cell: (shard) => (
            <>
              <Swatch shardId={shard.id} />
              {shard.id}
            </>
          ),
          isRowHeader: true,
        },
        { id: "before", header: "Slots before", cell: (shard) => shard.countBefore.toLocaleString("en") },
        { id: "after", header: "Slots after", cell: (shard) => shard.countAfter.toLocaleString("en") },
        { id: "change", header: "What becomes of it", cell: changeInWords },
      ]}
    />
  );
}
