/** Caches as links, a few of them: who uses something. */

import { Fragment } from "react";
import { pathOf } from "../caches";
import type { NamedCache } from "../reckoning/cacheMembers";
import { counted } from "../words/numbers";
import { TextLink } from "./TextLink";

const SHOWN_COUNT = 5;

export function CacheLinks({ caches }: { caches: readonly NamedCache[] }) {
  if (caches.length === 0) return <>None</>;
  const hiddenCount = caches.length - SHOWN_COUNT;
  return (
    <>
      {caches.slice(0, SHOWN_COUNT).map((cache, index) => (
        <Fragment key={pathOf(cache)}>
          {index > 0 && ", "}
          <TextLink to={pathOf(cache)}>{cache.id}</TextLink>
        </Fragment>
      ))}
      {hiddenCount > 0 && ` and ${counted(hiddenCount, "other")}`}
    </>
  );
}
