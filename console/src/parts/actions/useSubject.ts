/** A cache with AWS's own shapes behind it, for a dialog that was only told its name. A page has asked the same already. */

import type { Cache, Subject } from "../../caches";
import { cacheOfCluster, cacheOfGroup } from "../../caches";
import { useCacheCluster } from "../../questions/useCacheCluster";
import { useGroupCluster } from "../../questions/useGroupCluster";
import type { Answered } from "../../questions/useQuestion";
import { useReplicationGroup } from "../../questions/useReplicationGroup";

export function useSubject({ form, id }: Pick<Cache, "form" | "id">): Pick<Answered<Subject>, "answer" | "refusal"> {
  const isGroup = form === "replication-group";
  const group = useReplicationGroup(id, isGroup);
  const ofGroup = useGroupCluster(group);
  const alone = useCacheCluster(isGroup ? undefined : id);
  const cluster = isGroup ? ofGroup : alone;
  const refusal = group.refusal ?? cluster.refusal;
  if (cluster.answer === undefined || (isGroup && group.answer === undefined)) return { answer: undefined, refusal };
  const cache = group.answer === undefined ? cacheOfCluster(cluster.answer) : cacheOfGroup(group.answer);
  return { answer: { cache, group: group.answer, cluster: cluster.answer }, refusal };
}
