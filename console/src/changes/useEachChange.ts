/**
 * The same change for several things, one call after the other: who is refused keeps nobody else from it, and the person
 * is told of each what came of it.
 */

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Aws, deadline } from "../aws";
import { useFlashes } from "../Flashes";
import type { Options } from "../questions/useQuestion";
import { useEndWhereSignedOut, useSignedIn } from "../SignedIn";
import { askEach, type Outcome, Stopped } from "./askEach";

export interface EachChange<Item> {
  /** Resolves when all have been asked for, or it was stopped, to what came of each. */
  change: (items: readonly Item[]) => Promise<Outcome<Item>[]>;
  /** Asks for no more of them; what has been asked for goes on. So does leaving the page. */
  stop: () => void;
  isPending: boolean;
  /** So far, in the order of the items. */
  outcomes: readonly Outcome<Item>[];
}

export interface ChangingEach<Item> {
  /**
   * `call` gives each call of the API a deadline of its own: some changes need several, and wait in between. It raises
   * when nobody wants to go on.
   */
  ask: (aws: Aws, item: Item, call: () => Options) => Promise<unknown>;
  /** What the person is told of those that the API has taken: "3 caches are being deleted." */
  said: (taken: readonly Item[]) => string;
}

export function useEachChange<Item>({ ask, said }: ChangingEach<Item>): EachChange<Item> {
  const { aws } = useSignedIn();
  const { flash } = useFlashes();
  const queries = useQueryClient();
  const endWhereSignedOut = useEndWhereSignedOut();
  const [isPending, setIsPending] = useState(false);
  const [outcomes, setOutcomes] = useState<readonly Outcome<Item>[]>([]);

  const isStopped = useRef(false);
  const stop = useCallback(() => {
    isStopped.current = true;
  }, []);
  useEffect(() => stop, [stop]);

  const change = useCallback(
    async (items: readonly Item[]) => {
      isStopped.current = false;
      setIsPending(true);
      setOutcomes([]); // of a try before this one
      const all = await askEach({
        items,
        ask: (item) => ask(aws, item, () => callUnless(isStopped.current)),
        isStopped: () => isStopped.current,
        onOutcomes: setOutcomes,
      });
      setIsPending(false);
      const taken = all.filter((outcome) => outcome.refusal === undefined).map((outcome) => outcome.item);
      if (taken.length > 0) flash({ type: "success", content: said(taken) });
      void queries.invalidateQueries();
      const last = all.at(-1)?.refusal;
      if (last !== undefined) endWhereSignedOut(last);
      return all;
    },
    [aws, ask, said, flash, queries, endWhereSignedOut],
  );
  return { change, stop, isPending, outcomes };
}

function callUnless(isStopped: boolean): Options {
  if (isStopped) throw new Stopped();
  return deadline();
}
