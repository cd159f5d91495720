/** Several links in a row, a few of them, or a dash where there is none. */

import { Fragment } from "react";
import { counted } from "../words/numbers";
import { TextLink } from "./TextLink";

const SHOWN_COUNT = 8;

export function Links({ ids, pathOf }: { ids: readonly string[] | undefined; pathOf: (id: string) => string }) {
  if (ids === undefined || ids.length === 0) return <>-</>;
  const hiddenCount = ids.length - SHOWN_COUNT;
  return (
    <>
      {ids.slice(0, SHOWN_COUNT).map((id, place) => (
        <Fragment key={id}>
          {place > 0 && ", "}
          <TextLink to={pathOf(id)}>{id}</TextLink>
        </Fragment>
      ))}
      {hiddenCount > 0 && ` and ${counted(hiddenCount, "other")}`}
    </>
  );
}
