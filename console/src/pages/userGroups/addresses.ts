import { paths } from "../../paths";

/** The page of one user group, or of what is done with it. */
export function userGroupPath(id: string, act?: "modify"): string {
  return `${paths.userGroups()}?id=${encodeURIComponent(id)}${act === undefined ? "" : `&act=${act}`}`;
}

export function createUserGroupPath(): string {
  return `${paths.userGroups()}?act=create`;
}
