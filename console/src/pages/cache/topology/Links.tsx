/**
 * Lines from primaries to replicas: whole where the link is up, dashed where it is not. What they say stands in words
 * on each replica, so they are hidden from who cannot see them.
 */

import type { Link, TopologyNode } from "../../../reckoning/topology";
import { LINK_COLOURS } from "./colours";
import styles from "./topology.module.css";

const WIDTH = 100;

interface Props {
  primaries: readonly TopologyNode[];
  others: readonly TopologyNode[];
}

/** Rows of both columns are equally high, so the middle of each is known without measuring. */
export function Links({ primaries, others }: Props) {
  const height = 100;
  return (
    <svg className={styles.links} viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {others.map((node, index) => {
        const followed = Math.max(
          0,
          primaries.findIndex((primary) => primary.id === node.follows),
        );
        const from = (height * (followed + 0.5)) / Math.max(1, primaries.length);
        const to = (height * (index + 0.5)) / others.length;
        const link = primaries.length === 0 ? "broken" : (node.link ?? "unknown");
        return (
          <path
            key={node.id}
            d={`M0 ${from} C${WIDTH / 2} ${from} ${WIDTH / 2} ${to} ${WIDTH} ${to}`}
            className={styles[`line-${DRAWN[link]}`]}
            style={{ stroke: LINK_COLOURS[link] }}
          />
        );
      })}
    </svg>
  );
}

const DRAWN: Record<Link, "whole" | "flowing" | "dashed" | "dotted"> = {
  "in-sync": "whole",
  syncing: "flowing",
  broken: "dashed",
  unknown: "dotted",
};
