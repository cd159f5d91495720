/** The frame of every page: where one is, where one can go, what has been done, and what the control plane thinks. */

import AppLayoutToolbar, { type AppLayoutToolbarProps } from "@cloudscape-design/components/app-layout-toolbar";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Flashbar from "@cloudscape-design/components/flashbar";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import { type ReactNode, useEffect, useState } from "react";
import { useLocation } from "react-router-dom";
import type { Form } from "../caches";
import { useFlashes } from "../Flashes";
import { href, paths } from "../paths";
import { Explain } from "./Explain";
import { TopBar } from "./TopBar";
import { useFollow } from "./useFollow";

interface Props {
  title: string;
  /** From the dashboard on, without it and without the page itself. */
  above?: readonly { text: string; path: string }[];
  /** The id of the cache that this page is about: the Explain panel then tells of it. */
  cacheId?: string;
  /** Its form: a replication group and a cache cluster may have the same id. */
  cacheForm?: Form;
  contentType?: AppLayoutToolbarProps.ContentType;
  children: ReactNode;
}

const NAVIGATION: SideNavigationProps.Item[] = [
  { type: "link", text: "Dashboard", href: href(paths.dashboard()) },
  { type: "link", text: "Caches", href: href(paths.caches()) },
  { type: "divider" },
  {
    type: "section",
    text: "Configurations",
    items: [
      { type: "link", text: "Parameter groups", href: href(paths.parameterGroups()) },
      { type: "link", text: "Subnet groups", href: href(paths.subnetGroups()) },
      { type: "link", text: "Users", href: href(paths.users()) },
      { type: "link", text: "User groups", href: href(paths.userGroups()) },
    ],
  },
  { type: "divider" },
  { type: "link", text: "Events", href: href(paths.events()) },
  { type: "link", text: "Alarms", href: href(paths.alarms()) },
  { type: "link", text: "Service updates", href: href(paths.serviceUpdates()) },
  { type: "link", text: "Control plane", href: href(paths.controlPlane()) },
];

export function Page({ title, above = [], cacheId, cacheForm, contentType = "default", children }: Props) {
  const follow = useFollow();
  const { items } = useFlashes();
  const { pathname } = useLocation();
  const [openDrawer, setOpenDrawer] = useState<string | null>(null);
  useEffect(() => {
    document.title = `${title} – Elastane`;
  }, [title]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page begins at its top, and only another page.
  useEffect(() => {
    window.scrollTo(0, 0); // not handed back: newer browsers answer with a promise, and React would call that
  }, [pathname]);
  const here = `/${pathname.split("/")[1] ?? ""}`;
  return (
    <>
      <TopBar />
      <AppLayoutToolbar
        headerSelector="#top"
        contentType={contentType}
        navigation={
          <SideNavigation
            header={{ text: "Elastane", href: href(paths.dashboard()) }}
            activeHref={href(SHOWN_UNDER[here] ?? here)}
            items={NAVIGATION}
            onFollow={follow}
          />
        }
        breadcrumbs={
          <BreadcrumbGroup
            items={[
              { text: "Elastane", href: href(paths.dashboard()) },
              ...above.map(({ text, path }) => ({ text, href: href(path) })),
              { text: title, href: href(pathname) },
            ]}
            onFollow={follow}
          />
        }
        notifications={<Flashbar items={items} stackItems />}
        content={children}
        drawers={[
          {
            id: "explain",
            content: openDrawer === "explain" ? <Explain cacheId={cacheId} form={cacheForm} /> : null,
            trigger: { iconName: "status-info" },
            resizable: true,
            defaultSize: 400,
            ariaLabels: {
              drawerName: "Explain",
              triggerButton: "Explain: what the control plane thinks",
              closeButton: "Close Explain",
              resizeHandle: "Resize Explain",
            },
          },
        ]}
        activeDrawerId={openDrawer}
        onDrawerChange={({ detail }) => setOpenDrawer(detail.activeDrawerId)}
        ariaLabels={{
          navigation: "Pages",
          navigationToggle: "Open the list of pages",
          navigationClose: "Close the list of pages",
          notifications: "Notifications",
        }}
      />
    </>
  );
}

/** Pages that stand under another one in the list. */
const SHOWN_UNDER: Record<string, string> = {
  "/replication-groups": "/caches",
  "/cache-clusters": "/caches",
};
