/** Takes the next step between no encryption in transit, both kinds of connections, and encrypted ones only. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { useModify } from "../../changes/useModify";
import {
  type Encryption,
  encryptedPortBeside,
  encryptionModifications,
  isNextEncryption,
  pendingEncryption,
} from "../../reckoning/access";
import { portOf } from "../../reckoning/endpoints";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";

const STEPS: readonly Encryption[] = ["off", "preferred", "required"];
export const ENCRYPTION_TITLES: Record<Encryption, string> = {
  off: "Off: connections are plain",
  preferred: "Preferred: both kinds are taken",
  required: "Required: encrypted connections only",
};

export function EncryptionDialog({ subject, onDismiss }: DialogProps) {
  const { cache, group } = subject;
  // A step that is under way can only be taken back, to what the nodes still offer.
  const pending = pendingEncryption(group?.PendingModifiedValues);
  const isOffered = (step: Encryption) =>
    pending === undefined ? isNextEncryption(cache.encryption, step) : step === cache.encryption;
  const [chosen, setChosen] = useState(() => STEPS.findLast(isOffered) ?? "off");
  const modifying = useModify(cache);
  const reasonOf = (step: Encryption): string | undefined => {
    if (step === "off" && cache.access !== "open")
      return "Not while there is access control: passwords would be no secret.";
    if (isOffered(step)) return undefined;
    if (pending !== undefined)
      return step === pending ? "This step is under way." : "A step is under way: it comes first.";
    return step === cache.encryption ? "As it is." : "By way of Preferred, one step at a time.";
  };
  const port = portOf(subject);
  return (
    <FormDialog
      title={`Encryption in transit of ${cache.id}`}
      confirm={pending === undefined ? `Change to ${chosen}` : `Take it back: ${chosen}`}
      isConfirmable={reasonOf(chosen) === undefined}
      onConfirm={() =>
        modifying.change({
          modifications: encryptionModifications(chosen),
          said: `Encryption in transit of ${cache.id} is on its way to ${chosen}.`,
        })
      }
      onDismiss={onDismiss}
      changing={modifying}
    >
      <FormField label="Encryption in transit" description="No node is replaced.">
        <RadioGroup
          value={chosen}
          onChange={({ detail }) => setChosen(detail.value as Encryption)}
          items={STEPS.map((step) => {
            const reason = reasonOf(step);
            return { value: step, label: ENCRYPTION_TITLES[step], disabled: reason !== undefined, description: reason };
          })}
        />
      </FormField>
      <Alert type={chosen === "required" ? "warning" : "info"} header="What your applications notice">
        {consequenceOf(chosen, cache.encryption, port)}
      </Alert>
    </FormDialog>
  );
}

function consequenceOf(wanted: Encryption, present: Encryption, port: number): string {
  const beside = encryptedPortBeside(port);
  if (wanted === "off")
    return `Encrypted connections, at port ${beside}, end. Plain ones at port ${port} notice nothing.`;
  if (wanted === "required") {
    return `Port ${port} takes encrypted connections only from then on, and port ${beside} nothing. All clients are cut at that moment; plain ones are refused when they come back.`;
  }
  return present === "required"
    ? `Plain connections come to port ${port} again, and encrypted ones to port ${beside}. All clients are cut once.`
    : `Plain connections stay as they are, at port ${port}. Encrypted ones are taken at port ${beside}: on AWS both come to one port, and no engine does that here. Try your applications there.`;
}
