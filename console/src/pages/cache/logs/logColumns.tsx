/** The columns of the two logs. A line that is of neither stands as it is. */

import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";
import { type LogType, parseEngineLine, parseSlowCommand } from "../../../reckoning/logLines";
import { valueWords } from "../../../reckoning/metricSeries";
import { moment } from "../../../words/times";

type Column = TableProps.ColumnDefinition<FilteredLogEvent>;

export function columnsOf(type: LogType, onOpen: (event: FilteredLogEvent) => void): Column[] {
  const time: Column = {
    id: "time",
    header: "Time",
    width: 210,
    isRowHeader: true,
    cell: (event) => (
      <Button variant="inline-link" ariaLabel={`The event of ${timeOf(event)}, whole`} onClick={() => onOpen(event)}>
        {timeOf(event)}
      </Button>
    ),
  };
  return [time, ...(type === "slow-log" ? SLOW : ENGINE)];
}

const SLOW: readonly Column[] = [
  {
    id: "duration",
    header: "Took",
    width: 95,
    cell: ({ message = "" }) => {
      const slow = parseSlowCommand(message);
      return slow === undefined ? "-" : valueWords(slow.durationMicroseconds, "Microseconds");
    },
  },
  {
    id: "command",
    header: "Command",
    minWidth: 200,
    cell: ({ message = "" }) => <Box variant="code">{parseSlowCommand(message)?.command ?? message}</Box>,
  },
  { id: "client", header: "Client", cell: ({ message = "" }) => parseSlowCommand(message)?.client ?? "-", width: 160 },
  { id: "node", header: "Node", cell: ({ message = "" }) => parseSlowCommand(message)?.nodeId ?? "-", width: 150 },
];

const ENGINE: readonly Column[] = [
  { id: "level", header: "Level", cell: ({ message = "" }) => <Level message={message} />, width: 115 },
  {
    id: "message",
    header: "Message",
    minWidth: 240,
    cell: ({ message = "" }) => parseEngineLine(message)?.message ?? message,
  },
  { id: "role", header: "Role", cell: ({ message = "" }) => parseEngineLine(message)?.role || "-", width: 100 },
  { id: "node", header: "Node", cell: ({ message = "" }) => parseEngineLine(message)?.nodeId ?? "-", width: 150 },
];

function Level({ message }: { message: string }) {
  const level = parseEngineLine(message)?.level ?? "";
  if (level === "WARNING") return <StatusIndicator type="warning">Warning</StatusIndicator>;
  return <>{level === "" ? "-" : level.charAt(0) + level.slice(1).toLowerCase()}</>;
}

function timeOf({ timestamp }: FilteredLogEvent): string {
  return timestamp === undefined ? "-" : moment(new Date(timestamp));
}
