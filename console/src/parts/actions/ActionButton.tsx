/** One action on a cache as a button, beside what it changes. It says why where it cannot be done now. */

import Button from "@cloudscape-design/components/button";
import { lazy, Suspense, useState } from "react";
import type { Cache } from "../../caches";
import { type ActionId, whyNot } from "../../reckoning/possibleActions";

const ActionOf = lazy(() => import("./ActionOf"));

interface Props {
  cache: Cache;
  action: ActionId;
  /** The nodes of a Memcached cluster that it is about, where somebody has chosen some. */
  nodeIds?: readonly string[];
  children: string;
}

export function ActionButton({ cache, action, nodeIds, children }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const reason = whyNot(action, cache);
  return (
    <>
      <Button disabled={reason !== undefined} disabledReason={reason} onClick={() => setIsOpen(true)}>
        {children}
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <ActionOf action={action} cache={cache} nodeIds={nodeIds} onDismiss={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
