/** The frame of dialogs that change something: what is asked for, what was refused, and two ways out. Enter submits. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, type SubmitEvent, useId } from "react";
import type { Change } from "../changes/useChange";
import { RefusalAlert } from "./RefusalAlert";

interface Props {
  title: string;
  /** What the button says: a verb, and of what. */
  confirm: string;
  isConfirmable: boolean;
  /** Resolves to undefined where the API refused; else the dialog closes. */
  onConfirm: () => Promise<unknown>;
  onDismiss: () => void;
  changing: Pick<Change<never, unknown>, "isPending" | "refusal">;
  size?: ModalProps.Size;
  children: ReactNode;
}

export function FormDialog(props: Props) {
  const { title, confirm, isConfirmable, onConfirm, onDismiss, changing, size = "medium", children } = props;
  const formId = useId();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!isConfirmable || changing.isPending) return;
    if ((await onConfirm()) !== undefined) onDismiss();
  };
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={onDismiss}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button
              variant="primary"
              formAction="submit"
              form={formId}
              disabled={!isConfirmable}
              loading={changing.isPending}
            >
              {confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form id={formId} onSubmit={submit}>
        <SpaceBetween size="l">
          {children}
          <RefusalAlert refusal={changing.refusal} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
