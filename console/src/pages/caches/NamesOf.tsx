/** The names of several caches, and of which form each is. */

import Box from "@cloudscape-design/components/box";
import { type Cache, isMemcached } from "../../caches";
import { keyOf } from "../../reckoning/knownCaches";
import { counted } from "../../words/numbers";

export function NamesOf({ caches }: { caches: readonly Cache[] }) {
  return (
    <ul>
      {caches.map((cache) => (
        <li key={keyOf(cache)}>
          {cache.id}{" "}
          <Box variant="span" color="text-body-secondary">
            {formWords(cache)}, {counted(cache.nodeCount, "node")}
          </Box>
        </li>
      ))}
    </ul>
  );
}

function formWords(cache: Cache): string {
  if (isMemcached(cache)) return "Memcached cluster";
  return cache.form === "replication-group" ? "replication group" : "cache cluster";
}
