/**
 * How a page changes something: one call of the API, then a line that says what was asked for, and every question on the
 * page is asked again. What the API refuses is handed back, for the page to show beside what was typed.
 */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Aws, deadline } from "../aws";
import { useFlashes } from "../Flashes";
import type { Options } from "../questions/useQuestion";
import { type Refusal, refusalOf } from "../refusals";
import { useEndWhereSignedOut, useSignedIn } from "../SignedIn";

export interface Change<Input, Output> {
  /** Resolves to the API's answer, or to undefined where it refused: then `refusal` says why. */
  change: (input: Input) => Promise<Output | undefined>;
  isPending: boolean;
  refusal: Refusal | undefined;
  /** Forget the last refusal, as when a dialog is opened anew. */
  reset: () => void;
}

export interface Changing<Input, Output> {
  ask: (aws: Aws, input: Input, options: Options) => Promise<Output>;
  /** What the person is told when the API has taken it: "Failover of shard 0001 has begun." */
  said: (input: Input, output: Output) => string;
}

export function useChange<Input, Output>({ ask, said }: Changing<Input, Output>): Change<Input, Output> {
  const { aws } = useSignedIn();
  const { flash } = useFlashes();
  const queries = useQueryClient();
  const endWhereSignedOut = useEndWhereSignedOut();
  // What was sent may hold a password, so it is forgotten as soon as nobody looks at what came of it.
  const mutation = useMutation({ mutationFn: (input: Input) => ask(aws, input, deadline()), gcTime: 0 });
  return {
    change: async (input) => {
      try {
        const output = await mutation.mutateAsync(input);
        flash({ type: "success", content: said(input, output) });
        return output;
      } catch (error) {
        endWhereSignedOut(refusalOf(error));
        return undefined;
      } finally {
        void queries.invalidateQueries(); // also after a refusal: what is shown may be why
      }
    },
    isPending: mutation.isPending,
    refusal: mutation.error === null ? undefined : refusalOf(mutation.error),
    reset: mutation.reset,
  };
}
