/** A link to another page of the console: it changes the page without loading it, and opens in another tab as any link. */

import Link, { type LinkProps } from "@cloudscape-design/components/link";
import { href } from "../paths";
import { useFollow } from "./useFollow";

export function TextLink({ to, children, ...rest }: { to: string } & Omit<LinkProps, "href" | "onFollow">) {
  const follow = useFollow();
  return (
    <Link {...rest} href={href(to)} onFollow={follow}>
      {children}
    </Link>
  );
}
