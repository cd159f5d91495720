/** What can be done with one node of a cache: a small menu in its row. */

import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { lazy, Suspense, useState } from "react";
import type { Cache } from "../../caches";
import { type ActionId, whyNot } from "../../reckoning/possibleActions";
import type { TopologyNode } from "../../reckoning/topology";

const ActionOf = lazy(() => import("./ActionOf"));

interface Props {
  cache: Cache;
  node: Pick<TopologyNode, "id" | "role" | "shardId">;
}

export function NodeActions({ cache, node: { id: nodeId, role, shardId } }: Props) {
  const [chosen, setChosen] = useState<ActionId>();
  const item = (id: ActionId, text: string, other?: string) => {
    const reason = whyNot(id, cache) ?? other;
    return { id, text, disabled: reason !== undefined, disabledReason: reason };
  };
  const notReplica = role === "replica" ? undefined : "It is not seen to be a replica.";
  return (
    <>
      <ButtonDropdown
        variant="inline-icon"
        expandToViewport
        ariaLabel={`Actions on node ${nodeId}`}
        items={[
          item("reboot", "Reboot"),
          item("failover", "Fail over", role === "primary" ? undefined : "It is not seen to be a primary."),
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
            shardId={shardId}
            onDismiss={() => setChosen(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}
