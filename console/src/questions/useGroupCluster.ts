import type { CacheCluster, ReplicationGroup } from "@aws-sdk/client-elasticache";
import { useState } from "react";
import { stayingMember } from "../reckoning/cacheMembers";
import { useCacheCluster } from "./useCacheCluster";
import { useExplanation } from "./useExplanation";
import type { Answered } from "./useQuestion";

/**
 * What all nodes of a group have in common (version, windows, parameter group): AWS tells it of each node alone, so one of
 * them is asked. Once that one has left another is, and until it has answered the former answer stays: who types in a
 * dialog meanwhile loses nothing.
 */
export function useGroupCluster({
  answer,
  refusal,
}: Answered<ReplicationGroup | undefined>): Answered<CacheCluster | undefined> {
  const group = refusal?.kind === "not-found" ? undefined : answer; // deleted meanwhile, and its nodes with it
  const groupId = group?.ReplicationGroupId;
  const { answer: explanation } = useExplanation(groupId ?? "", {
    form: "replication-group",
    isAsked: groupId !== undefined,
  });
  const asked = useCacheCluster(stayingMember(group?.MemberClusters, explanation));
  const [last, setLast] = useState(asked.answer);
  if (asked.answer !== undefined && asked.answer !== last) setLast(asked.answer);
  return { ...asked, answer: asked.answer ?? last };
}
