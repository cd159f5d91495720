/** What became of an alarm: changes of it, states it came into, what that set off. */

import type { AlarmHistoryItem } from "@aws-sdk/client-cloudwatch";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import { useState } from "react";
import { CodeBlock } from "../../parts/CodeBlock";
import { type Column, ListTable } from "../../parts/ListTable";
import { useAlarmHistory } from "../../questions/useAlarmHistory";
import { prettyMessage } from "../../reckoning/logLines";
import { moment } from "../../words/times";

const WORDS: Record<string, string> = { ConfigurationUpdate: "Change", StateUpdate: "State", Action: "Action" };

export function AlarmHistory({ name }: { name: string }) {
  const answered = useAlarmHistory(name);
  const [opened, setOpened] = useState<AlarmHistoryItem>();
  return (
    <>
      <ListTable
        id="alarm-history"
        noun="entry"
        plural="entries"
        title="History"
        description="The newest hundred entries, of thirty days at most."
        answered={answered}
        items={answered.answer ?? []}
        idOf={(item) => `${item.Timestamp?.getTime()} ${item.HistoryItemType} ${item.HistorySummary}`}
        columns={columnsFor(setOpened)}
        empty={{ sentence: "Nothing happened to it within thirty days." }}
      />
      {opened !== undefined && (
        <Modal
          visible
          size="large"
          header={opened.HistorySummary ?? "Entry"}
          onDismiss={() => setOpened(undefined)}
          footer={
            <Box float="right">
              <Button onClick={() => setOpened(undefined)}>Close</Button>
            </Box>
          }
        >
          <CodeBlock text={prettyMessage(opened.HistoryData ?? "")} label="the entry" />
        </Modal>
      )}
    </>
  );
}

function columnsFor(onOpen: (item: AlarmHistoryItem) => void): Column<AlarmHistoryItem>[] {
  const kindOf = ({ HistoryItemType: kind }: AlarmHistoryItem) => (kind === undefined ? "-" : (WORDS[kind] ?? kind));
  return [
    {
      id: "at",
      header: "Time",
      isRowHeader: true,
      width: 210,
      text: ({ Timestamp }) => Timestamp?.getTime() ?? 0,
      cell: (item) => (
        <Button variant="inline-link" ariaLabel={`The entry of ${timeOf(item)}, whole`} onClick={() => onOpen(item)}>
          {timeOf(item)}
        </Button>
      ),
    },
    { id: "kind", header: "Kind", width: 110, text: kindOf, cell: kindOf },
    {
      id: "summary",
      header: "What happened",
      text: ({ HistorySummary = "" }) => HistorySummary,
      cell: ({ HistorySummary }) => HistorySummary ?? "-",
    },
  ];
}

function timeOf({ Timestamp }: AlarmHistoryItem): string {
  return Timestamp === undefined ? "-" : moment(Timestamp);
}
