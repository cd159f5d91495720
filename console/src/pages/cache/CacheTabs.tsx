/** What belongs to a cache, in tabs. Each is fetched when it is first opened: who only looks does not wait for charts. */

import Spinner from "@cloudscape-design/components/spinner";
import Tabs from "@cloudscape-design/components/tabs";
import { lazy, type ReactNode, Suspense } from "react";
import { useSearchParams } from "react-router-dom";
import { type Cache, isMemcached, type Subject } from "../../caches";
import type { Explanation } from "../../elastane";
import type { Answered } from "../../questions/useQuestion";
import { Overview } from "./Overview";

const CacheNodesTab = lazy(() => import("./CacheNodesTab").then((file) => ({ default: file.CacheNodesTab })));
const EventsTab = lazy(() => import("./EventsTab").then((file) => ({ default: file.EventsTab })));
const LogsTab = lazy(() => import("./LogsTab").then((file) => ({ default: file.LogsTab })));
const MaintenanceTab = lazy(() => import("./MaintenanceTab").then((file) => ({ default: file.MaintenanceTab })));
const MetricsTab = lazy(() => import("./MetricsTab").then((file) => ({ default: file.MetricsTab })));
const NodesTab = lazy(() => import("./NodesTab").then((file) => ({ default: file.NodesTab })));
const SecurityTab = lazy(() => import("./SecurityTab").then((file) => ({ default: file.SecurityTab })));
const TagsTab = lazy(() => import("./TagsTab").then((file) => ({ default: file.TagsTab })));

const TABS = [
  { id: "overview", label: "Overview" },
  { id: "nodes", label: "Nodes" },
  { id: "metrics", label: "Metrics" },
  { id: "logs", label: "Logs" },
  { id: "events", label: "Events" },
  { id: "maintenance", label: "Maintenance" },
  { id: "security", label: "Security" },
  { id: "tags", label: "Tags" },
] as const;

export type TabId = (typeof TABS)[number]["id"];

/** Memcached has no logs that could be delivered. */
function tabsOf(cache: Cache) {
  return isMemcached(cache) ? TABS.filter(({ id }) => id !== "logs") : TABS;
}

/** From the address (`?tab=`), so that it can be linked to, and the browser's Back goes back. */
export function useTab(cache: Cache): [TabId, (tab: TabId) => void] {
  const [search, setSearch] = useSearchParams();
  const asked = search.get("tab");
  const tab = tabsOf(cache).find(({ id }) => id === asked)?.id ?? "overview";
  return [tab, (chosen) => setSearch(chosen === "overview" ? {} : { tab: chosen })];
}

interface Props {
  tab: TabId;
  onTab: (tab: TabId) => void;
  subject: Subject;
  explained: Answered<Explanation>;
}

export function CacheTabs({ tab, onTab, subject, explained }: Props) {
  return (
    <Tabs
      ariaLabel={`About ${subject.cache.id}`}
      activeTabId={tab}
      onChange={({ detail }) => onTab(detail.activeTabId as TabId)}
      tabs={tabsOf(subject.cache).map(({ id, label }) => ({
        id,
        label,
        content: id === tab && <Suspense fallback={<Spinner />}>{contentOf(id, subject, explained)}</Suspense>,
      }))}
    />
  );
}

function contentOf(tab: TabId, subject: Subject, explained: Answered<Explanation>): ReactNode {
  switch (tab) {
    case "overview":
      return <Overview subject={subject} explained={explained} />;
    case "nodes":
      return isMemcached(subject.cache) ? (
        <CacheNodesTab subject={subject} explained={explained} />
      ) : (
        <NodesTab subject={subject} explained={explained} />
      );
    case "metrics":
      return <MetricsTab subject={subject} />;
    case "logs":
      return <LogsTab subject={subject} />;
    case "events":
      return <EventsTab subject={subject} />;
    case "maintenance":
      return <MaintenanceTab subject={subject} />;
    case "security":
      return <SecurityTab subject={subject} />;
    case "tags":
      return <TagsTab subject={subject} />;
  }
}
