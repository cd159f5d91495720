/** One replication group: how it is, what runs, how to connect, and everything that belongs to it in tabs. */

import { useParams } from "react-router-dom";
import { cacheOfGroup } from "../caches";
import { useGroupCluster } from "../questions/useGroupCluster";
import { useReplicationGroup } from "../questions/useReplicationGroup";
import { CachePage } from "./cache/CachePage";

export default function ReplicationGroup() {
  const { id = "" } = useParams();
  // Another cache is another page: nothing of the one before is carried over.
  return <WatchedGroup key={id} id={id} />;
}

function WatchedGroup({ id }: { id: string }) {
  const asked = useReplicationGroup(id);
  const group = asked.answer;
  const { answer: cluster } = useGroupCluster(asked);
  const subject = group === undefined ? undefined : { cache: cacheOfGroup(group), group, cluster };
  return <CachePage id={id} form="replication-group" asked={asked} subject={subject} />;
}
