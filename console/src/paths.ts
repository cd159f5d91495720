/** Addresses inside the console. They work as links, also opened in another tab or sent to somebody. */

export const BASE = "/console";

export const paths = {
  dashboard: () => "/",
  caches: (engine?: string) => (engine === undefined ? "/caches" : `/caches?engine=${engine}`),
  createCache: (engine?: string) => (engine === undefined ? "/caches/create" : `/caches/create?engine=${engine}`),
  replicationGroup: (id: string, tab?: string) => withTab(`/replication-groups/${encodeURIComponent(id)}`, tab),
  cacheCluster: (id: string, tab?: string) => withTab(`/cache-clusters/${encodeURIComponent(id)}`, tab),
  parameterGroups: () => "/parameter-groups",
  parameterGroup: (name: string) => `/parameter-groups/${encodeURIComponent(name)}`,
  subnetGroups: () => "/subnet-groups",
  users: () => "/users",
  userGroups: () => "/user-groups",
  events: () => "/events",
  alarms: () => "/alarms",
  serviceUpdates: () => "/service-updates",
  controlPlane: () => "/control-plane",
} as const;

/** The same as an `href`, for whoever opens it in another tab. */
export function href(path: string): string {
  return `${BASE}${path}`;
}

function withTab(path: string, tab: string | undefined): string {
  return tab === undefined ? path : `${path}?tab=${tab}`;
}
