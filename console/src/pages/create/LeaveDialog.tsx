/** Asks whether what was typed shall be lost. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { LeaveGuard } from "./useLeaveGuard";

export function LeaveDialog({ guard }: { guard: LeaveGuard }) {
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
      What you have chosen here is kept nowhere, and no cache has been made.
    </Modal>
  );
}
