/** Asks before the same is done to several things, and shows what came of each. It closes itself when all were taken. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useState } from "react";
import type { EachChange } from "../../changes/useEachChange";
import { Outcomes } from "./Outcomes";

interface Props<Item> {
  header: string;
  /** On the button: ``Reboot``. */
  act: string;
  items: readonly Item[];
  nameOf: (item: Item) => string;
  each: EachChange<Item>;
  onDismiss: () => void;
  /** What is about to happen, in sentences. */
  children: ReactNode;
}

export function EachDialog<Item>({ header, act, items, nameOf, each, onDismiss, children }: Props<Item>) {
  const [isDone, setIsDone] = useState(false);
  const begin = async () => {
    const outcomes = await each.change(items);
    const isAll = outcomes.length === items.length && outcomes.every((outcome) => outcome.refusal === undefined);
    if (isAll) onDismiss();
    else setIsDone(true);
  };
  return (
    <Modal
      visible
      header={header}
      onDismiss={onDismiss}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={each.isPending ? each.stop : onDismiss}>
              {isDone ? "Close" : each.isPending ? "Stop here" : "Cancel"}
            </Button>
            {!isDone && (
              <Button variant="primary" disabled={items.length === 0} loading={each.isPending} onClick={begin}>
                {act}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {!isDone && children}
        {each.isPending && (
          <StatusIndicator type="in-progress">
            {each.outcomes.length} of {items.length} asked for
          </StatusIndicator>
        )}
        <Outcomes outcomes={each.outcomes} nameOf={nameOf} />
        {isDone && each.outcomes.length < items.length && (
          <Box>The others were not asked for: {items.slice(each.outcomes.length).map(nameOf).join(", ")}.</Box>
        )}
      </SpaceBetween>
    </Modal>
  );
}
