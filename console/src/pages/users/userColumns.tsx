/** What the list of users shows of each. */

import type { User } from "@aws-sdk/client-elasticache";
import Box from "@cloudscape-design/components/box";
import { Links } from "../../parts/Links";
import type { Column } from "../../parts/ListTable";
import { StatusWord } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { AUTHENTICATION_WORDS, type AuthenticationType, engineWord } from "../../reckoning/users";
import { shortened } from "../../words/lists";
import { counted } from "../../words/numbers";
import { userGroupPath } from "../userGroups/addresses";
import { userPath } from "./addresses";

const SHOWN_LENGTH = 80;

export const USER_COLUMNS: readonly Column<User>[] = [
  {
    id: "id",
    minWidth: 90,
    width: 130,
    header: "User id",
    text: (user) => user.UserId ?? "",
    cell: (user) => <TextLink to={userPath(user.UserId ?? "")}>{user.UserId}</TextLink>,
    isRowHeader: true,
  },
  {
    id: "name",
    minWidth: 90,
    width: 115,
    header: "User name",
    text: (user) => user.UserName ?? "",
    cell: (user) => user.UserName,
  },
  {
    id: "status",
    minWidth: 90,
    width: 115,
    header: "Status",
    text: (user) => user.Status ?? "",
    cell: (user) => <StatusWord status={user.Status} />,
  },
  {
    id: "engine",
    minWidth: 90,
    width: 105,
    header: "Engine",
    text: (user) => engineWord(user.Engine),
    cell: (user) => engineWord(user.Engine),
  },
  {
    id: "authentication",
    minWidth: 90,
    width: 115,
    header: "Signs in with",
    text: authenticationOf,
    cell: authenticationOf,
  },
  {
    id: "access",
    minWidth: 90,
    width: 210,
    header: "Access string",
    text: (user) => user.AccessString ?? "",
    cell: (user) => <Box variant="code">{shortened(user.AccessString ?? "", SHOWN_LENGTH)}</Box>,
  },
  {
    id: "groups",
    minWidth: 90,
    width: 110,
    header: "User groups",
    text: (user) => (user.UserGroupIds ?? []).join(", "),
    cell: (user) => <Links ids={user.UserGroupIds} pathOf={(id) => userGroupPath(id)} />,
  },
  {
    id: "version",
    header: "Engine version needed",
    text: (user) => user.MinimumEngineVersion ?? "",
    cell: (user) => user.MinimumEngineVersion ?? "-",
    isHiddenAtFirst: true,
  },
];

/** ``Password (2)``. */
export function authenticationOf(user: User): string {
  const { Type, PasswordCount } = user.Authentication ?? {};
  if (Type === "password" && PasswordCount !== undefined) return counted(PasswordCount, "password");
  return AUTHENTICATION_WORDS[Type as AuthenticationType] ?? "-";
}
