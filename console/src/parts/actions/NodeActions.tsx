/** What can be done with one node of a cache: a small menu in its row. */

import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { lazy, Suspense, useState } from "react";
import type { Cache } from "../../caches";
import { useExplanation } from "../../questions/useExplanation";
import { type ActionId, whyNot } from "../../reckoning/possibleActions";

const ActionOf = lazy(() => import("./ActionOf"));

export function NodeActions({ cache, nodeId }: { cache: Cache; nodeId: string }) {
  const [chosen, setChosen] = useState<ActionId>();
  const node = useExplanation(cache.id).answer?.Nodes.find((one) => one.NodeId === nodeId);
  const isPrimary = node?.Role === "primary";
  const item = (id: ActionId, text: string, other?: string) => {
    const reason = whyNot(id, cache) ?? other;
    return { id, text, disabled: reason !== undefined, disabledReason: reason };
  };
  const notReplica = node?.Role === "replica" ? undefined : "It is not seen to be a replica.";
  return (
    <>
      <ButtonDropdown
        variant="inline-icon"
        expandToViewport
        ariaLabel={`Actions on node ${nodeId}`}
        items={[
          item("reboot", "Reboot"),
          item("failover", "Fail over", isPrimary ? undefined : "It is not seen to be a primary."),
          item("promote", "Promote", notReplica),
          item("remove-replicas", "Remove", notReplica),
        ]}
        onItemClick={({ detail }) => setChosen(detail.id as ActionId)}
      />
      {chosen !== undefined && (
        <Suspense fallback={null}>
          <ActionOf
            action={chosen}
            cache={cache}
            nodeId={nodeId}
            shardId={node?.NodeGroupId}
            onDismiss={() => setChosen(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}
