/** What the table of parameters shows, and in edit mode where values are typed. */

import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Popover from "@cloudscape-design/components/popover";
import type { Column } from "../../parts/ListTable";
import { isChanged, type Parameter } from "../../reckoning/parameters";
import { allowedWords } from "../../reckoning/parameterValues";
import { counted } from "../../words/numbers";
import { parameterNote } from "../../words/parameterNotes";
import { ValueEditor } from "./ValueEditor";

interface Shown {
  family: string;
  defaults: ReadonlyMap<string, string> | undefined;
  isEdited: boolean;
  typed: ReadonlyMap<string, string>;
  type: (name: string, value: string) => void;
}

export function parameterColumns({ family, defaults, isEdited, typed, type }: Shown): Column<Parameter>[] {
  const valueCell = (parameter: Parameter) => {
    const { name, value } = parameter;
    if (value === undefined) return <ByNodeType parameter={parameter} />;
    if (isEdited && parameter.isModifiable && !parameterNote(name, family)?.isRefused) {
      return (
        <ValueEditor parameter={parameter} value={typed.get(name) ?? value} onChange={(text) => type(name, text)} />
      );
    }
    return (
      <>
        <ShownValue value={value} /> {isChanged(parameter, defaults) && <Badge color="blue">changed</Badge>}
      </>
    );
  };
  return [
    {
      id: "name",
      header: "Name",
      text: (parameter) => parameter.name,
      cell: (parameter) => <NameAndMeaning parameter={parameter} family={family} />,
      isRowHeader: true,
      width: 270,
    },
    { id: "value", header: "Value", text: (parameter) => parameter.value ?? "", cell: valueCell, width: 180 },
    {
      id: "default",
      header: "Default",
      text: (parameter) => defaults?.get(parameter.name) ?? "",
      cell: ({ name, value }) =>
        value === undefined ? "By node type" : defaults === undefined ? "-" : <ShownValue value={defaults.get(name)} />,
      width: 120,
    },
    {
      id: "allowed",
      header: "Allowed values",
      text: allowedWords,
      cell: (one) => allowedWords(one) || "-",
      width: 150,
    },
    {
      id: "change",
      header: "In force",
      text: changeWords,
      cell: changeWords,
      width: 120,
    },
    {
      id: "description",
      header: "Description",
      text: (parameter) => parameter.description,
      cell: (parameter) => parameter.description,
      isHiddenAtFirst: true, // it stands under the name; here it can be searched for
    },
    { id: "type", header: "Type", text: (one) => one.dataType, cell: (one) => one.dataType, isHiddenAtFirst: true },
    { id: "source", header: "Source", text: (one) => one.source, cell: (one) => one.source, isHiddenAtFirst: true },
    {
      id: "version",
      header: "Since engine version",
      text: (parameter) => parameter.minimumEngineVersion,
      cell: (parameter) => parameter.minimumEngineVersion || "-",
      isHiddenAtFirst: true,
    },
  ];
}

/** A value as it is; of none, a word. */
export function ShownValue({ value }: { value: string | undefined }) {
  if (value === undefined) return <Box color="text-body-secondary">no such parameter</Box>;
  if (value === "") {
    return (
      <Box variant="span" color="text-body-secondary">
        empty
      </Box>
    );
  }
  return <Box variant="code">{value}</Box>;
}

function NameAndMeaning({ parameter, family }: { parameter: Parameter; family: string }) {
  const note = parameterNote(parameter.name, family);
  return (
    <>
      {parameter.name}
      <Box variant="small" display="block" color="text-body-secondary">
        {parameter.description}
      </Box>
      {note !== undefined && (
        <Box variant="small" display="block" color="text-status-warning">
          {note.sentence}
        </Box>
      )}
    </>
  );
}

function ByNodeType({ parameter }: { parameter: Parameter }) {
  const values = [...(parameter.valuesByNodeType ?? [])];
  return (
    <Popover
      header={parameter.name}
      fixedWidth
      size="medium"
      triggerType="text"
      dismissAriaLabel="Close"
      content={
        <ul>
          {values.map(([nodeType, value]) => (
            <li key={nodeType}>
              {nodeType}: <Box variant="code">{value}</Box>
            </li>
          ))}
        </ul>
      }
    >
      By node type ({counted(values.length, "value")})
    </Popover>
  );
}

function changeWords({ isModifiable, needsReboot }: Parameter): string {
  if (!isModifiable) return "Not modifiable";
  return needsReboot ? "After a reboot" : "At once";
}
