/** For Cloudscape's `onFollow` and `onItemFollow`: goes to an address of the console without loading the page anew. */

import { useCallback } from "react";
import { useNavigate } from "react-router-dom";
import { BASE } from "../paths";

interface FollowEvent {
  preventDefault: () => void;
  detail: { href?: string; external?: boolean };
}

export function useFollow(): (event: FollowEvent) => void {
  const navigate = useNavigate();
  return useCallback(
    (event) => {
      const { href, external } = event.detail;
      if (external || href === undefined || !href.startsWith(`${BASE}/`)) return;
      event.preventDefault();
      navigate(href.slice(BASE.length));
    },
    [navigate],
  );
}
