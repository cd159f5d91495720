/** What a cache waits for, in sentences, and how far it has come. Nothing where it is as it shall be. */

import { type Cache, isSettled } from "../caches";
import type { Explanation } from "../elastane";

export interface Progress {
  label: string;
  percent: number;
  /** What the percentage is of. */
  words: string;
}

export interface Wait {
  /** `failed` is for good; `trouble` is tried again by itself. */
  kind: "wait" | "trouble" | "failed";
  title: string;
  sentences: string[];
  progress: Progress[];
  /** The step that failed last. */
  failure?: { sentence: string; count: number; nextTryAt?: Date };
  /** What a person can do. */
  nextAct?: string;
  /** When the control plane came to think so. */
  since?: Date;
}

export function waitOf(cache: Cache, explanation: Explanation | undefined): Wait | undefined {
  const isCalm = cache.status === "available" && (explanation === undefined || isTrue(explanation));
  if (isCalm || cache.status === "") return undefined;
  const failure = explanation?.Failure;
  const isFailed = (isSettled(cache.status) && cache.status !== "available") || explanation?.Verdict?.Kind === "failed";
  return {
    kind: isFailed ? "failed" : failure === undefined ? "wait" : "trouble",
    title: titleOf(cache, isFailed),
    sentences: explanation === undefined ? [] : sentencesOf(explanation),
    progress: explanation === undefined ? [] : progressOf(explanation),
    failure: failure && {
      sentence: failure.Sentence,
      count: failure.Count,
      nextTryAt: failure.NextTryAt === undefined ? undefined : new Date(failure.NextTryAt * 1000),
    },
    nextAct: nextActOf(isFailed, failure?.IsPermanent === true),
    since: explanation?.Verdict && new Date(explanation.Verdict.Since * 1000),
  };
}

/** All that was asked for is so, and the last pass found nothing to do. */
function isTrue({ Verdict, Failure, Generation, ConvergedGeneration }: Explanation): boolean {
  return (
    Generation === ConvergedGeneration &&
    Failure === undefined &&
    (Verdict === undefined || Verdict.Kind === "satisfied")
  );
}

function titleOf({ id, status }: Cache, isFailed: boolean): string {
  if (isFailed) return `${id} could not be created`;
  if (status === "creating") return `${id} is being created`;
  if (status === "deleting") return `${id} is being deleted`;
  if (status === "available") return `${id} serves, and is not yet as it shall be`;
  return `${id} is being changed`;
}

function sentencesOf({ Waiting, Verdict, Failure }: Explanation): string[] {
  const told = (Waiting ?? []).length > 0 ? (Waiting ?? []) : Verdict === undefined ? [] : [Verdict.Sentence];
  if (told.length === 0) return ["The control plane has not looked at it yet."];
  return told.map(sentence).filter((text) => text !== sentence(Failure?.Sentence ?? ""));
}

/** The control plane's sentences begin small, for they are parts of lines elsewhere; ids keep their first letter. */
function sentence(text: string): string {
  const first = text.split(" ")[0] ?? "";
  return /[\d-]/.test(first) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

function progressOf({ Nodes, Resharding }: Explanation): Progress[] {
  const progress: Progress[] = [];
  if (Resharding !== undefined && Resharding.SlotCount > 0) {
    const { MovedSlotCount: moved, SlotCount: count } = Resharding;
    progress.push({
      label: "Slots moved",
      percent: (100 * moved) / count,
      words: `${moved.toLocaleString("en")} of ${count.toLocaleString("en")} slots`,
    });
  }
  for (const { NodeId, SyncProgressPercent } of Nodes) {
    if (SyncProgressPercent === undefined) continue;
    progress.push({ label: `First sync of ${NodeId}`, percent: SyncProgressPercent, words: "of the primary's data" });
  }
  return progress;
}

function nextActOf(isFailed: boolean, isPermanent: boolean): string | undefined {
  if (isFailed) return "Nothing more is tried by itself. Delete it, remove what is in the way, and create it again.";
  if (isPermanent) return "No further try is made: what is in the way must change first.";
  return undefined;
}
