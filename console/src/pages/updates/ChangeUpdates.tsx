/** Applies updates or stops them, after it has been said what that means; and tells who was refused, and why. */

import type { UpdateAction } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useUpdateActionChange } from "../../changes/useUpdateActionChange";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { cacheOfAction, keyOf } from "../../reckoning/updateActions";

interface Props {
  verb: "apply" | "stop";
  actions: readonly UpdateAction[];
  onDismiss: () => void;
}

const MEANING = {
  apply:
    "Nodes are replaced one at a time, replicas first, and then the primary's role is handed over. Addresses, data and acknowledged writes stay; connections to a node that is replaced are cut.",
  stop: "Nodes that run the new patch keep it; the others stay as they are. Apply it again to go on.",
};

export function ChangeUpdates({ verb, actions, onDismiss }: Props) {
  const { change, isPending, outcomes } = useUpdateActionChange();
  const refused = outcomes.filter((outcome) => outcome.refusal !== undefined);
  const isOver = !isPending && outcomes.length > 0;
  const title = verb === "apply" ? "Apply" : "Stop";
  const send = async () => {
    const all = await change(
      actions.map((action) => ({ verb, ...cacheOfAction(action), updateName: action.ServiceUpdateName ?? "" })),
    );
    if (all.every((outcome) => outcome.refusal === undefined)) onDismiss();
  };
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header={`${title} ${actions.length === 1 ? "a service update" : "service updates"}`}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              {isOver ? "Close" : "Cancel"}
            </Button>
            {!isOver && (
              <Button variant="primary" loading={isPending} onClick={send}>
                {title}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="info">{MEANING[verb]}</Alert>
        {!isOver && (
          <ul>
            {actions.map((action) => (
              <li key={keyOf(action)}>
                {action.ServiceUpdateName} of {cacheOfAction(action).cacheId}
              </li>
            ))}
          </ul>
        )}
        {isOver && (
          <Box>
            {refused.length} of {outcomes.length} {refused.length === 1 ? "was" : "were"} refused.
          </Box>
        )}
        {refused.map(({ item, refusal }) => (
          <section key={`${item.updateName} ${item.form} ${item.cacheId}`} aria-label={item.cacheId}>
            <Box variant="strong">{item.cacheId}</Box>
            <RefusalAlert refusal={refusal} />
          </section>
        ))}
      </SpaceBetween>
    </Modal>
  );
}
