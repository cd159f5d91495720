/** What can be done with a cache: a menu, and the dialog of what was chosen. What cannot be done stays there with its reason. */

import ButtonDropdown, { type ButtonDropdownProps } from "@cloudscape-design/components/button-dropdown";
import { lazy, Suspense, useState } from "react";
import { type Cache, isMemcached } from "../../caches";
import { type ActionId, isOffered, whyNot } from "../../reckoning/possibleActions";

// The dialogs are fetched when one is first opened: a page that only shows a cache does without them.
const ActionOf = lazy(() => import("./ActionOf"));

const MENU: readonly { text?: string; items: readonly [ActionId, string][] }[] = [
  { items: [["modify", "Modify"]] },
  {
    text: "Shards",
    items: [
      ["add-shards", "Add shards"],
      ["remove-shards", "Remove shards"],
      ["rebalance", "Rebalance slots"],
    ],
  },
  {
    text: "Nodes",
    items: [
      ["add-nodes", "Add nodes"],
      ["remove-nodes", "Remove nodes"],
      ["add-replicas", "Add replicas"],
      ["remove-replicas", "Remove replicas"],
      ["failover", "Fail over a primary"],
      ["promote", "Promote a replica"],
      ["reboot", "Reboot a node"],
    ],
  },
  {
    text: "Security",
    items: [
      ["encryption", "Change encryption in transit"],
      ["auth-token", "Change the AUTH token"],
      ["user-group", "Change who may sign in"],
      ["security-groups", "Change security groups"],
    ],
  },
  {
    text: "The whole cache",
    items: [
      ["cluster-mode", "Change cluster mode"],
      ["delete", "Delete"],
    ],
  },
];

export function CacheActions({ cache }: { cache: Cache }) {
  const [chosen, setChosen] = useState<ActionId>();
  return (
    <>
      <ButtonDropdown
        items={menuOf(cache)}
        onItemClick={({ detail }) => setChosen(detail.id as ActionId)}
        ariaLabel={`Actions on ${cache.id}`}
      >
        Actions
      </ButtonDropdown>
      {chosen !== undefined && (
        <Suspense fallback={null}>
          <ActionOf action={chosen} cache={cache} onDismiss={() => setChosen(undefined)} />
        </Suspense>
      )}
    </>
  );
}

function menuOf(cache: Cache): ButtonDropdownProps.ItemOrGroup[] {
  return MENU.flatMap(({ text, items }) => {
    const shown = items
      .filter(([id]) => isOffered(id, cache))
      .map(([id, title]) => itemOf(id, id === "reboot" && isMemcached(cache) ? "Reboot nodes" : title, cache));
    if (shown.length === 0) return [];
    return text === undefined ? shown : [{ id: text, text, items: shown }];
  });
}

function itemOf(id: ActionId, text: string, cache: Cache): ButtonDropdownProps.Item {
  const reason = whyNot(id, cache);
  return { id, text, disabled: reason !== undefined, disabledReason: reason };
}
