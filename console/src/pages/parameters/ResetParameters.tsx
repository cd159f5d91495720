/** Values that go back to those of the family, before and after, to be confirmed. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useResetParameters } from "../../changes/useResetParameters";
import { RefusalAlert } from "../../parts/RefusalAlert";
import type { Change } from "../../reckoning/parameters";
import { counted } from "../../words/numbers";
import { ChangesTable, consequence } from "./ChangesTable";

interface Props {
  groupName: string;
  isAll: boolean;
  resets: readonly Change[];
  userCount: number | undefined;
  onDone: () => void;
  onDismiss: () => void;
}

export function ResetParameters({ groupName, isAll, resets, userCount, onDone, onDismiss }: Props) {
  const { resetToDefaults, isPending, refusal } = useResetParameters();
  const send = async () => {
    const names = isAll ? ("all" as const) : resets.map(({ name }) => name);
    if (await resetToDefaults(groupName, names)) onDone();
  };
  return (
    <Modal
      visible
      size="large"
      onDismiss={onDismiss}
      header={isAll ? "Reset all parameters" : `Reset ${counted(resets.length, "parameter")}`}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button variant="primary" loading={isPending} onClick={send}>
              Reset
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{consequence(resets, userCount)}</Box>
        <ChangesTable changes={resets} after="Default" />
        <RefusalAlert refusal={refusal} />
      </SpaceBetween>
    </Modal>
  );
}
