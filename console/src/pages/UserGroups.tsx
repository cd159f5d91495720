/** User groups: the users that a cache lets in, and the caches that have them. */

import { useSearchParams } from "react-router-dom";
import { GroupCreation } from "./userGroups/GroupCreation";
import { GroupDetails } from "./userGroups/GroupDetails";
import { GroupList } from "./userGroups/GroupList";
import { GroupModification } from "./userGroups/GroupModification";

export default function UserGroups() {
  const [parameters] = useSearchParams();
  const id = parameters.get("id");
  const act = parameters.get("act");
  if (act === "create") return <GroupCreation />;
  if (id === null) return <GroupList />;
  return act === "modify" ? <GroupModification key={id} id={id} /> : <GroupDetails key={id} id={id} />;
}
