/** What each loop of the control plane thinks, on a page of its own. */

import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Loop } from "../elastane";
import { ListTable } from "../parts/ListTable";
import { Page } from "../parts/Page";
import { useLoops } from "../questions/useLoops";
import { moment } from "../words/times";

export default function ControlPlane() {
  const answered = useLoops();
  return (
    <Page title="Control plane" contentType="table">
      <SpaceBetween size="m">
        <Header variant="h1" description="What runs beside the API, and what each of it thinks at this moment.">
          Control plane
        </Header>
        <ListTable
          noun="loop"
          id="loops"
          title="Loops"
          answered={answered}
          items={answered.answer ?? []}
          idOf={(loop) => loop.Name}
          columns={[
            {
              id: "name",
              header: "Loop",
              text: (loop) => loop.Name,
              cell: (loop) => loop.Name,
              isRowHeader: true,
              width: 160,
            },
            {
              id: "sentence",
              header: "Thinks",
              text: (loop) => loop.Sentence,
              cell: (loop) => <Thought loop={loop} />,
              width: 480,
            },
            {
              id: "since",
              header: "Since",
              text: (loop) => loop.Since ?? 0,
              cell: (loop) => (loop.Since === undefined ? "-" : moment(new Date(loop.Since * 1000))),
            },
          ]}
          empty={{ sentence: "There is no loop, so the control plane is ending." }}
        />
      </SpaceBetween>
    </Page>
  );
}

/** Its sentence; with a sign where something is wrong that somebody should look at. */
function Thought({ loop }: { loop: Loop }) {
  if (!loop.IsTroubled) return <Box>{loop.Sentence}</Box>;
  return <StatusIndicator type="warning">{loop.Sentence}</StatusIndicator>;
}
