/** Deletes what cannot be brought back: only after its name was typed. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import type { Refusal } from "../refusals";
import { RefusalAlert } from "./RefusalAlert";

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
    <Modal
      visible
      onDismiss={onDismiss}
      header={`Delete ${noun}`}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!isConfirmed} loading={isPending} onClick={onConfirm}>
              Delete
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isConfirmed && !isPending) onConfirm();
        }}
      >
        <SpaceBetween size="m">
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
          <RefusalAlert refusal={refusal} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
