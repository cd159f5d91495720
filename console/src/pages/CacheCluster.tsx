/** One cache cluster on its own. A node of a replication group is shown by its group's page. */

import { Navigate, useParams } from "react-router-dom";
import { cacheOfCluster } from "../caches";
import { paths } from "../paths";
import { useCacheCluster } from "../questions/useCacheCluster";
import { CachePage } from "./cache/CachePage";

export default function CacheCluster() {
  const { id = "" } = useParams();
  return <WatchedCluster key={id} id={id} />;
}

function WatchedCluster({ id }: { id: string }) {
  const asked = useCacheCluster(id);
  const cluster = asked.answer;
  if (cluster?.ReplicationGroupId)
    return <Navigate replace to={paths.replicationGroup(cluster.ReplicationGroupId, "nodes")} />;
  const subject = cluster === undefined ? undefined : { cache: cacheOfCluster(cluster), cluster };
  return <CachePage id={id} form="cache-cluster" asked={asked} subject={subject} />;
}
