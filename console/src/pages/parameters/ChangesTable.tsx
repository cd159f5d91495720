/** Before and after, parameter by parameter. */

import Table from "@cloudscape-design/components/table";
import type { Change } from "../../reckoning/parameters";
import { ShownValue } from "./parameterColumns";

export function ChangesTable({ changes, after }: { changes: readonly Change[]; after: string }) {
  return (
    <Table<Change>
      variant="embedded"
      items={changes}
      trackBy="name"
      wrapLines
      ariaLabels={{ tableLabel: "Changes" }}
      columnDefinitions={[
        { id: "name", header: "Parameter", cell: (change) => change.name, isRowHeader: true },
        { id: "before", header: "Before", cell: (change) => <ShownValue value={change.before} /> },
        { id: "after", header: after, cell: (change) => <ShownValue value={change.after} /> },
        {
          id: "force",
          header: "In force",
          cell: (change) => (change.needsReboot ? "After a reboot" : "At once"),
        },
      ]}
    />
  );
}

/** What a change means for the caches that use the group. */
export function consequence(changes: readonly Change[], userCount: number | undefined): string {
  if (userCount === 0) return "No cache uses the group: nothing else changes now.";
  const who = userCount === undefined ? "Every cache that uses the group" : usersOf(userCount);
  const rebootCount = changes.filter((change) => change.needsReboot).length;
  if (rebootCount === 0) return `${who} has the new values within a second.`;
  const waits = "what needs a reboot is shown as pending-reboot until each node has been rebooted.";
  if (rebootCount === changes.length) return `${who} goes on with the old values; ${waits}`;
  return `${who} has most of the new values within a second; ${waits}`;
}

function usersOf(count: number): string {
  return count === 1 ? "The cache that uses the group" : `Each of the ${count} caches that use the group`;
}
