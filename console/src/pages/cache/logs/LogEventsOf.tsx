/** The events of one log of a cache: of which nodes, which of them, and whether new ones come by themselves. */

import type { FilteredLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import type { Subject } from "../../../caches";
import { Empty } from "../../../parts/ListTable";
import { RefusalAlert } from "../../../parts/RefusalAlert";
import { TextLink } from "../../../parts/TextLink";
import { paths } from "../../../paths";
import { type LogEvents, useLogEvents } from "../../../questions/useLogEvents";
import { useLogStreams } from "../../../questions/useLogStreams";
import type { LogType } from "../../../reckoning/logLines";
import { logTitle } from "./deliveries";
import { LogEventDetails } from "./LogEventDetails";
import { columnsOf } from "./logColumns";

const ALL = "";
const COUNT_FIRST = 100;
const COUNT_MORE = 200;
/** Whoever wants more than these reads them with the AWS CLI: a table of them would be slow. */
const COUNT_MAX = 1100;

interface Props {
  subject: Subject;
  type: LogType;
  groupName: string;
  format: string | undefined;
  onDeliver: (type: LogType) => void;
}

export function LogEventsOf({ subject, type, groupName, format, onDeliver }: Props) {
  const [nodeId, setNodeId] = useState(ALL);
  const [pattern, setPattern] = useState("");
  const [count, setCount] = useState(COUNT_FIRST);
  const [isFollowed, setIsFollowed] = useState(true);
  const [opened, setOpened] = useState<FilteredLogEvent>();
  const streams = useLogStreams(groupName, subject.cache);
  const ofType = (streams.answer ?? []).filter(({ logType }) => logType === type);
  const streamNames = ofType.filter((one) => nodeId === ALL || one.nodeId === nodeId).map(({ name }) => name);
  const answered = useLogEvents({ groupName, streamNames, pattern, count, isFollowed });
  const found = useUntilNext(answered.answer, `${nodeId} ${pattern}`);
  const events = streamNames.length === 0 ? [] : (found?.events ?? []);
  const isKnown = streams.answer !== undefined && (streamNames.length === 0 || found !== undefined);
  const refused = streams.refusal === undefined ? answered : streams;
  const hasOlder = found?.hasOlder === true && events.length > 0;
  if (streams.refusal?.kind === "not-found") {
    return (
      <Container header={<Header variant="h2">{logTitle(type)}</Header>}>
        <Empty
          sentence={`There is no log group ${groupName}, so nothing can be delivered or read. What is said meanwhile waits at the nodes.`}
          act={<Button onClick={() => onDeliver(type)}>Create it, or choose another one</Button>}
        />
      </Container>
    );
  }
  return (
    <SpaceBetween size="s">
      <RefusalAlert refusal={refused.refusal} onRetry={refused.askAgain} />
      <Table<FilteredLogEvent>
        items={events}
        trackBy={(event) => event.eventId ?? ""}
        columnDefinitions={columnsOf(type, setOpened)}
        loading={streams.isWaiting || answered.isWaiting}
        loadingText="Asking for the newest events"
        wrapLines
        resizableColumns
        contentDensity="compact"
        ariaLabels={{ tableLabel: logTitle(type) }}
        header={
          <Header
            variant="h2"
            description={`Newest first, of the log group ${groupName}.`}
            actions={
              <Toggle checked={isFollowed} onChange={({ detail }) => setIsFollowed(detail.checked)}>
                Follow
              </Toggle>
            }
          >
            {logTitle(type)}
          </Header>
        }
        filter={
          <Filters
            example={exampleOf(type, format)}
            nodeIds={[...new Set(ofType.map((one) => one.nodeId))].sort()}
            nodeId={nodeId}
            onNode={setNodeId}
            onPattern={(asked) => {
              setPattern(asked);
              setCount(COUNT_FIRST);
            }}
          />
        }
        empty={
          isKnown ? (
            <Nothing subject={subject} type={type} pattern={pattern} hasOlder={found?.hasOlder === true} />
          ) : (
            "Not known yet."
          )
        }
        footer={
          hasOlder && count < COUNT_MAX ? (
            <Button onClick={() => setCount(count + COUNT_MORE)} loading={answered.isWaiting}>
              Show older events
            </Button>
          ) : undefined
        }
      />
      {opened !== undefined && <LogEventDetails event={opened} onDismiss={() => setOpened(undefined)} />}
    </SpaceBetween>
  );
}

/**
 * The last answer to the same search, while more of it is asked for or another node begins to write: what is read does
 * not go away meanwhile.
 */
function useUntilNext(answer: LogEvents | undefined, search: string): LogEvents | undefined {
  const [last, setLast] = useState({ search, answer });
  if (last.search !== search || (answer !== undefined && last.answer !== answer)) setLast({ search, answer });
  return answer ?? (last.search === search ? last.answer : undefined);
}

interface FiltersProps {
  /** Of a pattern that finds something in this log. */
  example: string;
  nodeIds: readonly string[];
  nodeId: string;
  onNode: (nodeId: string) => void;
  onPattern: (pattern: string) => void;
}

function Filters({ example, nodeIds, nodeId, onNode, onPattern }: FiltersProps) {
  const [typed, setTyped] = useState("");
  const options = [{ value: ALL, label: "All nodes" }, ...nodeIds.map((id) => ({ value: id, label: id }))];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onPattern(typed.trim());
      }}
    >
      <Grid gridDefinition={[{ colspan: { default: 12, m: 8 } }, { colspan: { default: 12, m: 4 } }]}>
        <FormField
          label="Filter pattern"
          constraintText={`As CloudWatch has them: a word of the line, or such as ${example}`}
          secondaryControl={<Button formAction="submit">Search</Button>}
        >
          <Input
            value={typed}
            onChange={({ detail }) => {
              setTyped(detail.value);
              if (detail.value === "") onPattern("");
            }}
            type="search"
            clearAriaLabel="Clear the pattern"
            placeholder={example}
            spellcheck={false}
          />
        </FormField>
        <FormField label="Node">
          <Select
            selectedOption={options.find(({ value }) => value === nodeId) ?? null}
            options={options}
            filteringType={options.length > 12 ? "auto" : "none"}
            filteringAriaLabel="Find nodes"
            expandToViewport
            onChange={({ detail }) => onNode(detail.selectedOption.value ?? ALL)}
          />
        </FormField>
      </Grid>
    </form>
  );
}

function exampleOf(type: LogType, format: string | undefined): string {
  if (type === "slow-log") return format === "text" ? "SORT" : '{ $.["Duration (us)"] > 20000 }';
  return format === "text" ? '"Connection with replica"' : '{ $.LogLevel = "WARNING" }';
}

interface NothingProps {
  subject: Subject;
  type: LogType;
  pattern: string;
  hasOlder: boolean;
}

function Nothing({ subject, type, pattern, hasOlder }: NothingProps) {
  if (pattern !== "") {
    const where = hasOlder ? "None of the newest events matches; older ones were not looked at." : "No event matches.";
    return <Empty sentence={`${where} A pattern tells capital letters from small ones.`} />;
  }
  if (type === "engine-log") {
    return (
      <Empty sentence="The engines have written nothing since the log was delivered. They write little while all is well." />
    );
  }
  const parameters = subject.cluster?.CacheParameterGroup?.CacheParameterGroupName;
  return (
    <Empty
      sentence="No command was slow since the log was delivered. What is slow is slowlog-log-slower-than, in microseconds."
      act={parameters && <TextLink to={paths.parameterGroup(parameters)}>Look at the parameters</TextLink>}
    />
  );
}
