/** Switches the delivery of a log on or off, and says where it goes. */

import type { LogDeliveryConfiguration } from "@aws-sdk/client-elasticache";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import type { Cache } from "../../../caches";
import { useChangeLogDelivery } from "../../../changes/useChangeLogDelivery";
import { FormDialog } from "../../../parts/FormDialog";
import { useLogGroups } from "../../../questions/useLogGroups";
import type { LogType } from "../../../reckoning/logLines";
import { fileOf, fileWords, logGroupOf, logTitle } from "./deliveries";

type Destination = "off" | "log-group" | "file";

/** AWS's rules for the names of log groups and of delivery streams. */
const GROUP_NAME = /^[.\-_/#A-Za-z0-9]{1,512}$/;
const FILE_NAME = /^[a-zA-Z0-9_.-]{1,64}$/;

interface Props {
  cache: Cache;
  logType: LogType;
  current: LogDeliveryConfiguration | undefined;
  onDismiss: () => void;
}

export function LogDeliveryForm({ cache, logType, current, onDismiss }: Props) {
  const groups = useLogGroups();
  const { change, isPending, refusal } = useChangeLogDelivery();
  const [destination, setDestination] = useState<Destination>(fileOf(current) === undefined ? "log-group" : "file");
  const [group, setGroup] = useState(logGroupOf(current) ?? `/caches/${cache.id}`);
  const [file, setFile] = useState(fileOf(current) ?? cache.id);
  const [format, setFormat] = useState(current?.LogFormat ?? "json");
  const groupNames = (groups.answer ?? []).flatMap(({ logGroupName }) => logGroupName ?? []);
  const isNew = groups.answer !== undefined && !groupNames.includes(group);
  const isGood =
    destination === "off"
      ? current !== undefined
      : destination === "file"
        ? FILE_NAME.test(file)
        : GROUP_NAME.test(group) && !groups.isWaiting;
  const deliver = () => {
    const name = destination === "file" ? file : group;
    const delivery =
      destination === "off"
        ? null
        : { destination, name, format: format === "text" ? ("text" as const) : ("json" as const), isNew };
    return change({ cache, logType, delivery });
  };
  return (
    <FormDialog
      title={`Deliver the ${logTitle(logType).toLowerCase()}`}
      confirm="Save"
      isConfirmable={isGood}
      onConfirm={deliver}
      onDismiss={onDismiss}
      changing={{ isPending, refusal }}
    >
      <FormField label="Destination">
        <RadioGroup
          value={destination}
          onChange={({ detail }) => setDestination(detail.value as Destination)}
          items={[
            {
              value: "log-group",
              label: "A log group",
              description: "Of CloudWatch Logs here, to be read on this page.",
            },
            {
              value: "file",
              label: "A file",
              description: "On the control plane's machine, where AWS has Firehose.",
            },
            {
              value: "off",
              label: "Nowhere",
              description: "The log is not delivered.",
              disabled: current === undefined,
            },
          ]}
        />
      </FormField>
      {destination === "log-group" && (
        <FormField
          label="Log group"
          description={GROUP_NAME.test(group) ? presenceWords(groups.answer !== undefined, isNew) : undefined}
          errorText={GROUP_NAME.test(group) ? undefined : "Letters, digits and . - _ / #, up to 512 of them."}
        >
          <Autosuggest
            value={group}
            onChange={({ detail }) => setGroup(detail.value)}
            options={groupNames.map((value) => ({ value }))}
            enteredTextLabel={(value) => `Use ${value}`}
            empty="There is no log group yet."
            statusType={groups.isWaiting ? "loading" : groups.refusal === undefined ? "finished" : "error"}
            errorText="The log groups are not known."
            loadingText="Asking for log groups"
            expandToViewport
          />
        </FormField>
      )}
      {destination === "file" && (
        <FormField
          label="Name"
          description={`That is ${fileWords(file)}. The name stdout is the control plane's own output.`}
          errorText={FILE_NAME.test(file) ? undefined : "Letters, digits and . - _, up to 64 of them."}
        >
          <Input value={file} onChange={({ detail }) => setFile(detail.value)} spellcheck={false} />
        </FormField>
      )}
      {destination !== "off" && (
        <FormField label="Format">
          <RadioGroup
            value={format}
            onChange={({ detail }) => setFormat(detail.value === "text" ? "text" : "json")}
            items={[
              { value: "json", label: "JSON", description: "To be searched by its members, such as the duration." },
              { value: "text", label: "Text" },
            ]}
          />
        </FormField>
      )}
    </FormDialog>
  );
}

/** Whether a log group is there, as far as it is known. */
function presenceWords(isKnown: boolean, isNew: boolean): string {
  if (!isKnown) return "Whether it is there is not known. Where it is missing, the delivery says so.";
  return isNew ? "It is not there yet, and is made." : "It is there.";
}
