/** Users of engines: who they are, how each signs in, what each may do. */

import { useSearchParams } from "react-router-dom";
import { UserCreation } from "./users/UserCreation";
import { UserDetails } from "./users/UserDetails";
import { UserList } from "./users/UserList";
import { UserModification } from "./users/UserModification";

export default function Users() {
  const [parameters] = useSearchParams();
  const id = parameters.get("id");
  const act = parameters.get("act");
  if (act === "create") return <UserCreation />;
  if (id === null) return <UserList />;
  return act === "modify" ? <UserModification key={id} id={id} /> : <UserDetails key={id} id={id} />;
}
