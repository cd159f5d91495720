/** The columns of the list of alarms. */

import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import type { Column } from "../../parts/ListTable";
import { StatusWord, wordOf } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { conditionWords, watchedWords, whoWords } from "../../reckoning/alarmWords";
import { moment } from "../../words/times";
import { alarmPath } from "./addresses";
import { topicName } from "./topics";

export const alarmColumns: readonly Column<MetricAlarm>[] = [
  {
    id: "name",
    header: "Name",
    width: 200,
    isRowHeader: true,
    text: ({ AlarmName = "" }) => AlarmName,
    cell: ({ AlarmName = "" }) => <TextLink to={alarmPath(AlarmName)}>{AlarmName}</TextLink>,
  },
  {
    id: "state",
    header: "State",
    width: 170,
    text: ({ StateValue = "" }) => wordOf(StateValue),
    cell: ({ StateValue }) => <StatusWord status={StateValue} />,
  },
  { id: "metric", header: "Metric", width: 140, text: watchedWords, cell: watchedWords },
  { id: "cache", header: "Of", width: 150, text: whoOf, cell: whoOf },
  { id: "condition", header: "Goes off when", width: 220, text: conditionWords, cell: conditionWords },
  {
    id: "since",
    header: "Since",
    width: 210,
    text: ({ StateTransitionedTimestamp }) => StateTransitionedTimestamp?.getTime() ?? 0,
    cell: ({ StateTransitionedTimestamp: at }) => (at === undefined ? "-" : moment(at)),
  },
  { id: "actions", header: "Actions", width: 180, text: actionsWords, cell: actionsWords },
  {
    id: "description",
    header: "Description",
    isHiddenAtFirst: true,
    text: ({ AlarmDescription = "" }) => AlarmDescription,
    cell: ({ AlarmDescription }) => AlarmDescription ?? "-",
  },
];

function whoOf(alarm: MetricAlarm): string {
  return alarm.MetricName === undefined ? "-" : whoWords(alarm.Dimensions);
}

/** Who is told, and whether that is switched on. */
function actionsWords(alarm: MetricAlarm): string {
  const { AlarmActions = [], OKActions = [], InsufficientDataActions = [], ActionsEnabled } = alarm;
  const topics = new Set([...AlarmActions, ...OKActions, ...InsufficientDataActions].map(topicName));
  if (topics.size === 0) return "Tells nobody";
  return ActionsEnabled === false ? "Disabled" : `Tells ${[...topics].join(", ")}`;
}
