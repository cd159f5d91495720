/** What every dialog of an action is given. */

import type { Subject } from "../../caches";

export interface DialogProps {
  subject: Subject;
  /** The node that was meant, where the dialog was opened for one. */
  nodeId?: string;
  /** Its shard. */
  shardId?: string;
  /** Of a Memcached cluster: the nodes that were chosen. */
  nodeIds?: readonly string[];
  onDismiss: () => void;
}
