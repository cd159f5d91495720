/** What the list of user groups shows of each. */

import type { UserGroup } from "@aws-sdk/client-elasticache";
import { Links } from "../../parts/Links";
import type { Column } from "../../parts/ListTable";
import { StatusWord } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { engineWord } from "../../reckoning/users";
import { joined } from "../../words/lists";
import { userPath } from "../users/addresses";
import { userGroupPath } from "./addresses";

export const GROUP_COLUMNS: readonly Column<UserGroup>[] = [
  {
    id: "id",
    header: "User group id",
    text: (group) => group.UserGroupId ?? "",
    cell: (group) => <TextLink to={userGroupPath(group.UserGroupId ?? "")}>{group.UserGroupId}</TextLink>,
    isRowHeader: true,
  },
  {
    id: "status",
    header: "Status",
    text: (group) => group.Status ?? "",
    cell: (group) => <StatusWord status={group.Status} />,
  },
  {
    id: "engine",
    header: "Engine",
    text: (group) => engineWord(group.Engine),
    cell: (group) => engineWord(group.Engine),
  },
  {
    id: "users",
    header: "Users",
    text: (group) => (group.UserIds ?? []).join(", "),
    cell: (group) => <Links ids={group.UserIds} pathOf={(id) => userPath(id)} />,
  },
  {
    id: "pending",
    header: "Pending",
    text: (group) => pendingOf(group) ?? "",
    cell: (group) => pendingOf(group) ?? "-",
  },
  {
    id: "caches",
    header: "Caches",
    text: (group) => (group.ReplicationGroups ?? []).join(", "),
    cell: (group) => <Links ids={group.ReplicationGroups} pathOf={(id) => paths.replicationGroup(id)} />,
  },
  {
    id: "version",
    header: "Engine version needed",
    text: (group) => group.MinimumEngineVersion ?? "",
    cell: (group) => group.MinimumEngineVersion ?? "-",
    isHiddenAtFirst: true,
  },
];

/** ``lea comes in and reports goes out``, while some engine has not followed. */
export function pendingOf({ PendingChanges }: UserGroup): string | undefined {
  const { UserIdsToAdd = [], UserIdsToRemove = [] } = PendingChanges ?? {};
  const parts = [
    ...(UserIdsToAdd.length > 0 ? [`${joined(UserIdsToAdd)} come${UserIdsToAdd.length === 1 ? "s" : ""} in`] : []),
    ...(UserIdsToRemove.length > 0
      ? [`${joined(UserIdsToRemove)} go${UserIdsToRemove.length === 1 ? "es" : ""} out`]
      : []),
  ];
  return parts.length === 0 ? undefined : joined(parts);
}
