/** How far a cache has come with its service updates, as a word with its sign. */

import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { wordOf } from "../../parts/StatusWord";
import type { UpdateWord } from "../../reckoning/updateStatus";

const SIGNS: Record<UpdateWord, StatusIndicatorProps.Type> = {
  "up to date": "success",
  "update available": "info",
  "update scheduled": "pending",
  updating: "in-progress",
  "stopping update": "stopped",
};

export function UpdateStatus({ word }: { word: UpdateWord | undefined }) {
  if (word === undefined) return <>-</>;
  return <StatusIndicator type={SIGNS[word]}>{wordOf(word)}</StatusIndicator>;
}
