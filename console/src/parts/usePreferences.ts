/** How a person wants a table: kept by the browser, by the table's id. Nothing of a cache is kept. */

import type { CollectionPreferencesProps } from "@cloudscape-design/components/collection-preferences";
import { useCallback, useState } from "react";

export interface Preferences extends CollectionPreferencesProps.Preferences {
  pageSize: number;
}

export function usePreferences(
  id: string,
  columns: readonly { id: string; isHidden: boolean }[],
): [Preferences, (changed: CollectionPreferencesProps.Preferences) => void] {
  const [preferences, setPreferences] = useState<Preferences>(() => keptPreferences(id, columns));
  const change = useCallback(
    (changed: CollectionPreferencesProps.Preferences) => {
      const complete = { ...changed, pageSize: changed.pageSize ?? PAGE_SIZE };
      localStorage.setItem(storedAt(id), JSON.stringify(complete));
      setPreferences(complete);
    },
    [id],
  );
  return [preferences, change];
}

const PAGE_SIZE = 20;

function storedAt(id: string): string {
  return `elastane.table.${id}`;
}

/** With columns that are new since they were kept, and without those that are gone. */
function keptPreferences(id: string, columns: readonly { id: string; isHidden: boolean }[]): Preferences {
  const first: Preferences = {
    pageSize: PAGE_SIZE,
    wrapLines: true,
    contentDensity: "comfortable",
    contentDisplay: columns.map((column) => ({ id: column.id, visible: !column.isHidden })),
  };
  try {
    const kept = JSON.parse(localStorage.getItem(storedAt(id)) ?? "{}") as Partial<Preferences>;
    const known = new Set(columns.map((column) => column.id));
    const display = (kept.contentDisplay ?? []).filter((shown) => known.has(shown.id));
    const missing = first.contentDisplay?.filter((shown) => !display.some((other) => other.id === shown.id)) ?? [];
    return { ...first, ...kept, contentDisplay: [...display, ...missing] };
  } catch {
    return first;
  }
}
