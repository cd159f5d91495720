/** Lines at the top of the page that say what has just been done. Each goes by itself or is dismissed. */

import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";

const SHOWN_SECONDS = 8;
const FLASH_COUNT_MAX = 4;

export interface Flash {
  type: "success" | "info" | "warning" | "error";
  header?: string;
  content: string;
}

interface Flashes {
  items: FlashbarProps.MessageDefinition[];
  flash: (flash: Flash) => void;
}

const FlashesContext = createContext<Flashes | null>(null);
let lastId = 0;

export function FlashesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const flash = useCallback((shown: Flash) => {
    lastId += 1;
    const id = `flash-${lastId}`;
    const dismiss = () => setItems((current) => current.filter((item) => item.id !== id));
    const item = { ...shown, id, dismissible: true, dismissLabel: "Dismiss", onDismiss: dismiss };
    setItems((current) => [item, ...current].slice(0, FLASH_COUNT_MAX));
    if (shown.type === "success" || shown.type === "info") setTimeout(dismiss, SHOWN_SECONDS * 1000);
  }, []);
  const value = useMemo(() => ({ items, flash }), [items, flash]);
  return <FlashesContext.Provider value={value}>{children}</FlashesContext.Provider>;
}

export function useFlashes(): Flashes {
  const flashes = useContext(FlashesContext);
  if (flashes === null) throw new Error("there is no FlashesProvider above");
  return flashes;
}
