/** The dialog of one action. It takes what the cache has from the API itself, so that a list may open it, too. */

import type { ReactNode } from "react";
import { type Cache, isMemcached } from "../../caches";
import type { ActionId } from "../../reckoning/possibleActions";
import { AddNodesDialog } from "./AddNodesDialog";
import { AuthTokenDialog } from "./AuthTokenDialog";
import { ClusterModeDialog } from "./ClusterModeDialog";
import { DeleteDialog } from "./DeleteDialog";
import type { DialogProps } from "./dialogs";
import { EncryptionDialog } from "./EncryptionDialog";
import { FailoverDialog } from "./FailoverDialog";
import { ModifyDialog } from "./ModifyDialog";
import { PromoteDialog } from "./PromoteDialog";
import { RebootDialog } from "./RebootDialog";
import { RebootNodesDialog } from "./RebootNodesDialog";
import { RemoveNodesDialog } from "./RemoveNodesDialog";
import { ReplicasDialog } from "./ReplicasDialog";
import { SecurityGroupsDialog } from "./SecurityGroupsDialog";
import { ShardsDialog } from "./ShardsDialog";
import { UserGroupDialog } from "./UserGroupDialog";
import { WithSubject } from "./WithSubject";

type Dialog = (props: DialogProps) => ReactNode;

const DIALOGS: Record<ActionId, Dialog> = {
  modify: (props) => <ModifyDialog {...props} />,
  "add-shards": (props) => <ShardsDialog {...props} purpose="add" />,
  "remove-shards": (props) => <ShardsDialog {...props} purpose="remove" />,
  rebalance: (props) => <ShardsDialog {...props} purpose="rebalance" />,
  "add-nodes": (props) => <AddNodesDialog {...props} />,
  "remove-nodes": (props) => <RemoveNodesDialog {...props} />,
  "add-replicas": (props) => <ReplicasDialog {...props} isIncrease />,
  "remove-replicas": (props) => <ReplicasDialog {...props} isIncrease={false} />,
  failover: (props) => <FailoverDialog {...props} />,
  promote: (props) => <PromoteDialog {...props} />,
  reboot: (props) =>
    isMemcached(props.subject.cache) ? <RebootNodesDialog {...props} /> : <RebootDialog {...props} />,
  "cluster-mode": (props) => <ClusterModeDialog {...props} />,
  encryption: (props) => <EncryptionDialog {...props} />,
  "auth-token": (props) => <AuthTokenDialog {...props} />,
  "user-group": (props) => <UserGroupDialog {...props} />,
  "security-groups": (props) => <SecurityGroupsDialog {...props} />,
  delete: (props) => <DeleteDialog {...props} />,
};

interface Props {
  action: ActionId;
  cache: Cache;
  nodeId?: string;
  shardId?: string;
  nodeIds?: readonly string[];
  onDismiss: () => void;
}

export default function ActionOf({ action, cache, nodeId, shardId, nodeIds, onDismiss }: Props) {
  return (
    <WithSubject cache={cache} title={cache.id} onDismiss={onDismiss}>
      {(subject) => DIALOGS[action]({ subject, nodeId, shardId, nodeIds, onDismiss })}
    </WithSubject>
  );
}
