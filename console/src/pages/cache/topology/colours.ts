/** Which colour means what of a link. All are Cloudscape's, so that they are right in light and in dark. */

import {
  colorTextStatusError,
  colorTextStatusInactive,
  colorTextStatusInfo,
  colorTextStatusSuccess,
} from "@cloudscape-design/design-tokens";
import type { Link } from "../../../reckoning/topology";

export const LINK_COLOURS: Record<Link, string> = {
  "in-sync": colorTextStatusSuccess,
  syncing: colorTextStatusInfo,
  broken: colorTextStatusError,
  unknown: colorTextStatusInactive,
};
