/**
 * How a page asks: each question has a hook of its own beside this file, and all of them are asked here. An answer stays
 * on the page while the next one is waited for, also while the API is away, and the page says how old it is.
 */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Aws, deadline } from "../aws";
import { type Refusal, refusalOf } from "../refusals";
import { useEndWhereSignedOut, useSignedIn } from "../SignedIn";

export const CALM_SECONDS = 5;
export const LIVELY_SECONDS = 1;
/** After a question that was not answered: soon enough to see Elastane come back. */
const AWAY_SECONDS = 2;
/** After one that was refused, and will be again until somebody changes a policy, or makes what is not there. */
const REFUSED_SECONDS = 30;

export interface Answered<Answer> {
  /** The newest answer there is; absent until the first one. */
  answer: Answer | undefined;
  /** Why the last try failed; absent when it did not. */
  refusal: Refusal | undefined;
  /** Before the first answer or refusal. */
  isWaiting: boolean;
  /** Milliseconds since 1970; 0 before the first answer. */
  answeredAt: number;
  askAgain: () => void;
}

export type Options = { abortSignal: AbortSignal };

export interface Asking<Answer> {
  /** What tells this question from others: the action's name first, then its parameters. */
  key: readonly unknown[];
  ask: (aws: Aws, options: Options) => Promise<Answer>;
  /** How often it is asked again; never, if absent, except after a change made here. Only while the tab is looked at. */
  everySeconds?: number | ((answer: Answer | undefined) => number);
  /** False while it makes no sense to ask. */
  isAsked?: boolean;
}

export function useQuestion<Answer>({ key, ask, everySeconds, isAsked = true }: Asking<Answer>): Answered<Answer> {
  const { aws, region } = useSignedIn();
  const endWhereSignedOut = useEndWhereSignedOut();
  const query = useQuery({
    queryKey: [region, ...key],
    queryFn: ({ signal }) => ask(aws, deadline(signal)),
    enabled: isAsked,
    refetchInterval: ({ state }) => {
      if (state.status === "error") return 1000 * (isPassing(refusalOf(state.error)) ? AWAY_SECONDS : REFUSED_SECONDS);
      if (everySeconds === undefined) return false;
      return 1000 * (typeof everySeconds === "number" ? everySeconds : everySeconds(state.data as Answer | undefined));
    },
  });
  useEffect(() => {
    if (query.error !== null) endWhereSignedOut(refusalOf(query.error));
  }, [query.error, endWhereSignedOut]);
  // While a question that never had an answer is asked again, react-query forgets why it failed; the person has not.
  const [lastError, setLastError] = useState<Error | null>(null);
  const error = query.isFetching && query.data === undefined ? (query.error ?? lastError) : query.error;
  if (error !== lastError) setLastError(error);
  const refusal = error === null ? undefined : refusalOf(error);
  return {
    answer: query.data,
    refusal,
    isWaiting: query.isPending && isAsked && refusal === undefined,
    answeredAt: query.dataUpdatedAt,
    askAgain: () => void query.refetch(),
  };
}

function isPassing({ kind }: Refusal): boolean {
  return kind === "away" || kind === "busy" || kind === "broken";
}
