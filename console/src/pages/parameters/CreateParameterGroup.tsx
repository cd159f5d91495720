/** Makes a parameter group, on request with what is changed in another one of the same family. */

import type { CacheParameterGroup } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router-dom";
import { useCreateParameterGroup } from "../../changes/useCreateParameterGroup";
import { useModifyParameters } from "../../changes/useModifyParameters";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { paths } from "../../paths";
import { useParameters } from "../../questions/useParameters";
import { parameterGroupNameRefusal } from "../../reckoning/groupNames";
import { counted } from "../../words/numbers";
import { isDefaultGroup } from "./groups";

interface Props {
  /** All there are: their families are those that can be had. */
  groups: readonly CacheParameterGroup[];
  onDismiss: () => void;
}

const NOTHING = { value: "", label: "Nothing: the family's values" };

export function CreateParameterGroup({ groups, onDismiss }: Props) {
  // By name, so that the last one is that of the newest Valkey.
  const families = [...new Set(groups.flatMap((group) => group.CacheParameterGroupFamily ?? []))].sort();
  const [chosenFamily, setFamily] = useState<string>();
  const family = chosenFamily ?? families.at(-1) ?? "";
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [copiedName, setCopiedName] = useState("");
  const [isTried, setIsTried] = useState(false);
  /** How many values are in the new group; only once it is there and not all of them are. */
  const [copiedCount, setCopiedCount] = useState<number>();
  const create = useCreateParameterGroup();
  const copy = useModifyParameters();
  const copied = useParameters(copiedName === "" ? undefined : copiedName);
  const navigate = useNavigate();
  const toCopy = (copied.answer ?? [])
    .filter((parameter) => parameter.source === "user")
    .map(({ name, value = "" }) => ({ name, value }));
  const nameRefusal = parameterGroupNameRefusal(name);
  const descriptionRefusal = description.trim() === "" ? "AWS wants a description." : undefined;
  const isWaiting = copiedName !== "" && copied.answer === undefined;
  const isComplete = nameRefusal === undefined && descriptionRefusal === undefined && family !== "" && !isWaiting;
  const open = () => navigate(paths.parameterGroup(name.toLowerCase()));

  const submit = async () => {
    setIsTried(true);
    if (!isComplete || create.isPending || copy.isPending) return;
    if ((await create.change({ name, family, description })) === undefined) return;
    const count = await copy.modify(name, toCopy);
    if (count < toCopy.length) setCopiedCount(count);
    else open();
  };

  const isThere = copiedCount !== undefined;
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header="Create parameter group"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              {isThere ? "Close" : "Cancel"}
            </Button>
            {isThere ? (
              <Button variant="primary" onClick={open}>
                Open the group
              </Button>
            ) : (
              <Button variant="primary" loading={create.isPending || copy.isPending || isWaiting} onClick={submit}>
                Create
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <SpaceBetween size="m">
          <FormField label="Family" description="That of the engine's version; it cannot be changed later.">
            <Select
              selectedOption={family === "" ? null : { value: family, label: family }}
              placeholder="Families are not known yet"
              options={families.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => {
                setFamily(detail.selectedOption.value ?? "");
                setCopiedName("");
              }}
            />
          </FormField>
          <FormField label="Name" errorText={isTried ? nameRefusal : undefined}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} autoFocus />
          </FormField>
          <FormField label="Description" errorText={isTried ? descriptionRefusal : undefined}>
            <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
          </FormField>
          <CopiedGroup
            groups={groups.filter((group) => group.CacheParameterGroupFamily === family)}
            name={copiedName}
            onChange={setCopiedName}
            count={copiedName === "" ? undefined : copied.answer && toCopy.length}
          />
          <RefusalAlert refusal={copied.refusal} onRetry={copied.askAgain} />
          {isThere && (
            <Alert type="warning" header={`${name} is there, without all of the values`}>
              {counted(copiedCount, "value")} of {toCopy.length} were copied before one call was refused.
            </Alert>
          )}
          <RefusalAlert refusal={create.refusal ?? copy.refusal} />
        </SpaceBetween>
        {/* A form with several inputs is sent by the enter key only where it has a button to send it. */}
        <input type="submit" hidden />
      </form>
    </Modal>
  );
}

interface CopiedProps {
  groups: readonly CacheParameterGroup[];
  name: string;
  onChange: (name: string) => void;
  /** Of values to copy; absent while it is not known. */
  count: number | undefined;
}

function CopiedGroup({ groups, name, onChange, count }: CopiedProps) {
  const own = groups.flatMap(({ CacheParameterGroupName: found = "" }) => (isDefaultGroup(found) ? [] : [found]));
  const options = [NOTHING, ...own.map((value) => ({ value, label: value }))];
  return (
    <FormField
      label="Copied values"
      description="What is changed in another group of the family."
      constraintText={count === undefined ? undefined : `${counted(count, "value")} to copy.`}
    >
      <Select
        selectedOption={options.find((option) => option.value === name) ?? NOTHING}
        options={options}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
        disabled={own.length === 0}
      />
    </FormField>
  );
}
