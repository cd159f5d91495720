/** What a cache waits for, in sentences, and how far it has come. Nothing where it is as it shall be. */

import { type Cache, isMemcached, isSettled } from "../caches";
import type { ExplainedNodeGroup, Explanation } from "../elastane";
import { joined } from "../words/lists";

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
  const lacking = isMemcached(cache) ? [] : shardsWithoutPrimary(explanation);
  const isFailed = (isSettled(cache.status) && cache.status !== "available") || explanation?.Verdict?.Kind === "failed";
  return {
    kind: isFailed ? "failed" : failure === undefined && lacking.length === 0 ? "wait" : "trouble",
    title: titleOf(cache, { isFailed, lacking }),
    sentences: explanation === undefined ? [] : sentencesOf(explanation, cache.id),
    progress: explanation === undefined ? [] : progressOf(explanation),
    failure: failure && {
      sentence: failure.Sentence,
      count: failure.Count,
      nextTryAt: failure.NextTryAt === undefined ? undefined : new Date(failure.NextTryAt * 1000),
    },
    nextAct: nextActOf(cache, isFailed, failure?.IsPermanent === true),
    since: sinceOf(explanation?.Verdict),
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

/** Of a verdict that is content it is older than what is waited for. */
function sinceOf(verdict: Explanation["Verdict"]): Date | undefined {
  return verdict === undefined || verdict.Kind === "satisfied" ? undefined : new Date(verdict.Since * 1000);
}

/** Of a cache that once had them: one that is being created has none yet, and one that is being deleted none any more. */
function shardsWithoutPrimary(explanation: Explanation | undefined): string[] {
  if (explanation === undefined || explanation.Status === "creating" || explanation.Status === "deleting") return [];
  const { NodeGroups, Nodes } = explanation;
  const led = new Set(
    Nodes.filter(({ Role, Health }) => Role === "primary" && Health !== "down").map((node) => node.NodeGroupId),
  );
  // One that owns no slots is new, or about to leave: nobody misses its primary.
  const isMissed = ({ NodeGroupId, Slots }: ExplainedNodeGroup) => Slots !== "" && !led.has(NodeGroupId);
  return NodeGroups.filter(isMissed).map((part) => part.NodeGroupId);
}

interface Seen {
  isFailed: boolean;
  lacking: readonly string[];
}

function titleOf({ id, status, clusterMode }: Cache, { isFailed, lacking }: Seen): string {
  if (isFailed) return hasBeenMade(status) ? `${id} cannot become what it shall be` : `${id} could not be created`;
  if (status === "creating") return `${id} is being created`;
  if (status === "deleting") return `${id} is being deleted`;
  if (lacking.length > 0) {
    if (clusterMode === "disabled") return `No primary of ${id} answers`;
    return `No primary of shard ${joined(lacking, "or")} of ${id} answers`;
  }
  if (status === "available") return `${id} is available, and not yet as it shall be`;
  return `${id} is being changed`;
}

function sentencesOf({ Waiting = [], Verdict, Failure }: Explanation, cacheId: string): string[] {
  if (Waiting.length === 0 && (Verdict === undefined || Verdict.Kind === "satisfied")) {
    // Content with what it saw before the change that is under way: that is no news of it.
    return [`The control plane has not looked at ${Verdict === undefined ? "it" : "the last change"} yet.`];
  }
  const told = Waiting.length > 0 || Verdict === undefined ? Waiting : [Verdict.Sentence];
  return told
    .filter((text) => text !== Failure?.Sentence) // it is told below, with the next try
    .map((text) => sentence(text, cacheId));
}

/** ``node group 0003: clu-0003-001 does not run ("nodes")``: as operators read it, with the rule that says so. */
const OF_NODE_GROUP = /^node group (\S+): (.*?)(?: \("[\w-]+"\))?$/;

/** The control plane's sentences begin small, for they are parts of lines elsewhere; ids keep their first letter. */
function sentence(text: string, cacheId: string): string {
  const [, shardId, said] = OF_NODE_GROUP.exec(text) ?? [];
  if (shardId !== undefined) return `Shard ${shardId}: ${said}`;
  const first = text.split(/[ :,]/)[0] ?? "";
  return first === cacheId || /[\d-]/.test(first) ? text : text.charAt(0).toUpperCase() + text.slice(1);
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

/** With data in it nobody is told to delete it. */
function hasBeenMade(status: string): boolean {
  return status !== "creating" && (!isSettled(status) || status === "available");
}

function nextActOf({ status }: Cache, isFailed: boolean, isPermanent: boolean): string | undefined {
  if (isFailed && hasBeenMade(status)) return "Nothing more is tried by itself: what is in the way must change first.";
  if (isFailed) return "Nothing more is tried by itself. Delete it, remove what is in the way, and create it again.";
  if (isPermanent) return "No further try is made: what is in the way must change first.";
  return undefined;
}
