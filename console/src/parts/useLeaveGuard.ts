/**
 * Asks before a page is left on which something was typed: by a link, by the browser's history, by closing the tab. The
 * router has a blocker for its data routers only, which this console has no other need of.
 */

import { useCallback, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router-dom";
import { BASE } from "../paths";

/** `key` is that of an entry in the browser's history. */
type Leaving = { by: "link"; path: string } | { by: "history"; key: string };

export interface LeaveGuard {
  /** True while the person is asked. */
  isAsking: boolean;
  stay: () => void;
  leave: () => void;
  /** For a button that leaves: asks first where there is something to lose. */
  leaveTo: (path: string) => void;
}

export function useLeaveGuard(hasSomethingToLose: boolean): LeaveGuard {
  const navigate = useNavigate();
  const [leaving, setLeaving] = useState<Leaving>();
  const isLeaving = useRef(false);

  useEffect(() => {
    if (!hasSomethingToLose) return;
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element).closest?.("a[href]");
      const path = link === null ? undefined : new URL((link as HTMLAnchorElement).href, location.href);
      const isElsewhere = path?.origin === location.origin && path.pathname.startsWith(`${BASE}/`);
      if (!isElsewhere || path.pathname === location.pathname || opensAnotherTab(event)) return;
      event.preventDefault();
      event.stopPropagation();
      setLeaving({ by: "link", path: path.pathname.slice(BASE.length) + path.search });
    };
    const onNavigate = (event: NavigateEvent) => {
      if (event.navigationType !== "traverse" || !event.cancelable || isLeaving.current) return;
      event.preventDefault();
      setLeaving({ by: "history", key: event.destination.key });
    };
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    // Absent in browsers of before 2026, in which "back" leaves without a question. `popstate` comes when it is too late:
    // the router has listened to it for longer, and so hears it first.
    const navigation: Navigation | undefined = window.navigation;
    navigation?.addEventListener("navigate", onNavigate);
    window.addEventListener("click", onClick, true); // before React's own
    window.addEventListener("beforeunload", onUnload);
    return () => {
      navigation?.removeEventListener("navigate", onNavigate);
      window.removeEventListener("click", onClick, true);
      window.removeEventListener("beforeunload", onUnload);
    };
  }, [hasSomethingToLose]);

  const stay = useCallback(() => setLeaving(undefined), []);
  const leave = useCallback(() => {
    setLeaving(undefined);
    if (leaving === undefined) return;
    if (leaving.by === "link") return navigate(leaving.path);
    isLeaving.current = true;
    window.navigation.traverseTo(leaving.key);
  }, [leaving, navigate]);
  const leaveTo = useCallback(
    (path: string) => (hasSomethingToLose ? setLeaving({ by: "link", path }) : navigate(path)),
    [hasSomethingToLose, navigate],
  );
  return { isAsking: leaving !== undefined, stay, leave, leaveTo };
}

function opensAnotherTab(event: MouseEvent): boolean {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
}
