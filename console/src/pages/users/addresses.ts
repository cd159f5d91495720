import { paths } from "../../paths";

/** The page of one user, or of what is done with it. */
export function userPath(id: string, act?: "modify"): string {
  return `${paths.users()}?id=${encodeURIComponent(id)}${act === undefined ? "" : `&act=${act}`}`;
}

export function createUserPath(): string {
  return `${paths.users()}?act=create`;
}
