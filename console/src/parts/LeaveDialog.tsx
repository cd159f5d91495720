/** Asks whether what was typed shall be lost. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { LeaveGuard } from "./useLeaveGuard";

interface Props {
  guard: LeaveGuard;
  /** What is lost, in a sentence. */
  children: ReactNode;
}

export function LeaveDialog({ guard, children }: Props) {
  return (
    <Modal
      visible={guard.isAsking}
      onDismiss={guard.stay}
      header="Leave this page?"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={guard.stay}>
              Stay
            </Button>
            <Button variant="primary" onClick={guard.leave}>
              Leave
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
