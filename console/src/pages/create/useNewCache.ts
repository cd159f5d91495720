/** The wizard's state: what has been chosen, what the API offers to choose from, and what is wrong with it. */

import { useCallback, useMemo, useState } from "react";
import { useEngineVersions } from "../../questions/useEngineVersions";
import { useHasClusteredParameters } from "../../questions/useHasClusteredParameters";
import { useNodeTypes } from "../../questions/useNodeTypes";
import { useParameterGroups } from "../../questions/useParameterGroups";
import type { Answered } from "../../questions/useQuestion";
import { useSubnetGroups } from "../../questions/useSubnetGroups";
import { useUserGroups } from "../../questions/useUserGroups";
import { BLANK, type EngineName, familyOf, type NewCache, withEngine } from "../../reckoning/newCache";
import { completed } from "../../reckoning/newCacheCompleted";
import { type Field, type Problem, problemsOf, type StepId } from "../../reckoning/newCacheProblems";

export interface Wizard {
  /** What holds; `draft` is what has been chosen. */
  cache: NewCache;
  draft: NewCache;
  change: (patch: Partial<NewCache>) => void;
  problems: Problem[];
  /** What to show beside a field: what is missing is said only once a person wanted to go on. */
  problem: (field: Field) => string | undefined;
  /** What is wrong in a step, once a person wanted to go on from it. */
  blocking: (step: StepId) => Problem[];
  /** Makes what is missing in these steps known, and tells the first thing that is wrong in them. */
  attempt: (steps: readonly StepId[]) => Problem | undefined;
  isChanged: boolean;
  choices: Choices;
}

export interface Choices {
  versions: ReturnType<typeof useEngineVersions>;
  family: string | undefined;
  nodeTypes: ReturnType<typeof useNodeTypes>;
  parameterGroups: ReturnType<typeof useParameterGroups>;
  subnetGroups: ReturnType<typeof useSubnetGroups>;
  userGroups: ReturnType<typeof useUserGroups>;
}

export function useNewCache(engine: EngineName | undefined): Wizard {
  const first = useMemo(() => (engine === undefined ? BLANK : { ...BLANK, ...withEngine(BLANK, engine) }), [engine]);
  const [draft, setDraft] = useState<NewCache>(first);
  const [attempted, setAttempted] = useState<ReadonlySet<StepId>>(new Set());
  const change = useCallback((patch: Partial<NewCache>) => setDraft((current) => ({ ...current, ...patch })), []);

  const versions = useEngineVersions();
  const subnetGroups = useSubnetGroups();
  const cache = useMemo(
    () => completed(draft, { versions: versions.answer ?? [], subnetGroups: subnetGroups.answer ?? [] }),
    [draft, versions.answer, subnetGroups.answer],
  );
  const family = familyOf(cache, versions.answer ?? []);
  const nodeTypes = useNodeTypes(family);
  const parameterGroups = useParameterGroups();
  const userGroups = useUserGroups();
  const hasClusteredParameters = useHasClusteredParameters(cache.parameterGroup).answer;

  const problems = useMemo(
    () =>
      problemsOf(cache, {
        hasVersions: versions.answer !== undefined,
        family,
        hasClusteredParameters,
        nodeTypes: nodeTypes.answer ?? [],
        parameterGroups: parameterGroups.answer ?? [],
        subnetGroups: subnetGroups.answer ?? [],
        userGroups: userGroups.answer ?? [],
      }),
    [
      cache,
      versions.answer,
      family,
      hasClusteredParameters,
      nodeTypes.answer,
      parameterGroups.answer,
      subnetGroups.answer,
      userGroups.answer,
    ],
  );
  return {
    cache,
    draft,
    change,
    problems,
    problem: (field) =>
      problems.find((one) => one.field === field && (!one.isMissing || attempted.has(one.step)))?.sentence,
    blocking: (step) => (attempted.has(step) ? problems.filter((one) => one.step === step) : []),
    attempt: (steps) => {
      setAttempted((current) => new Set([...current, ...steps]));
      return problems.find((one) => steps.includes(one.step));
    },
    isChanged: draft !== first,
    choices: { versions, family, nodeTypes, parameterGroups, subnetGroups, userGroups },
  };
}

/** For Cloudscape's selects: whether what can be chosen is there, is waited for, or was refused. */
export function choosing(answered: Answered<unknown>) {
  return {
    statusType: answered.isWaiting
      ? "loading"
      : answered.answer === undefined && answered.refusal
        ? "error"
        : "finished",
    loadingText: "Asking the API",
    errorText: answered.refusal?.sentence,
    recoveryText: "Ask again",
    onLoadItems: ({ detail }: { detail: { samePage: boolean } }) => {
      if (detail.samePage && answered.refusal !== undefined) answered.askAgain();
    },
  } as const;
}
