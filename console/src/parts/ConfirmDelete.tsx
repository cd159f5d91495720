/** Deletes what cannot be brought back: only after its name was typed. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { type ReactNode, useState } from "react";
import type { Refusal } from "../refusals";
import { FormDialog } from "./FormDialog";

interface Props {
  /** ``replication group``. */
  noun: string;
  /** What is typed to confirm it: the name of what goes, or ``delete`` for several. */
  typed: string;
  /** What is lost with it, in a sentence. */
  consequence: string;
  /** More to choose. */
  children?: ReactNode;
  isPending: boolean;
  refusal: Refusal | undefined;
  onConfirm: () => void;
  onDismiss: () => void;
}

export function ConfirmDelete(props: Props) {
  const { noun, typed, consequence, children, isPending, refusal, onConfirm, onDismiss } = props;
  const [text, setText] = useState("");
  const isConfirmed = text.trim() === typed;
  return (
    <FormDialog
      title={`Delete ${noun}`}
      confirm="Delete"
      isConfirmable={isConfirmed}
      onConfirm={async () => onConfirm()} // whoever asked closes it, when all is done
      onDismiss={onDismiss}
      changing={{ isPending, refusal }}
    >
      <Alert type="warning">{consequence}</Alert>
      {children}
      <FormField label={`To confirm, type ${typed}`}>
        <Input
          value={text}
          onChange={({ detail }) => setText(detail.value)}
          placeholder={typed}
          autoComplete={false}
          autoFocus
        />
      </FormField>
    </FormDialog>
  );
}
