/** One node in the picture, with everything in words that the picture says by place, line and colour. */

import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { CSSProperties } from "react";
import { linkWords, NOT_STARTED, type TopologyNode } from "../../../reckoning/topology";
import { shortened } from "../../../words/lists";
import { LINK_COLOURS } from "./colours";
import styles from "./topology.module.css";

/** What an engine said at its end may be long: the Nodes tab has all of it. */
const SENTENCE_LENGTH_MAX = 80;

export function NodeCard({ node, isDense }: { node: TopologyNode; isDense: boolean }) {
  const { id, role, sentence, health, zone, address, port, link } = node;
  // Where the lines are not drawn, for want of width, the card's own edge has their colour.
  const edge = (link === undefined ? {} : { "--edge": LINK_COLOURS[link] }) as CSSProperties;
  return (
    <li className={styles.row}>
      <div className={role === "primary" ? styles.primary : styles.node} style={edge}>
        <div className={styles.name}>
          <Box variant="strong">{id}</Box>
          {health !== NOT_STARTED && <Badge color={role === "primary" ? "blue" : "grey"}>{ROLE_WORDS[role]}</Badge>}
          {node.isLeaving && <Badge color="severity-medium">Leaving</Badge>}
          {node.isTemporary && <Badge>Temporary</Badge>}
        </div>
        <div className={isDense ? styles.name : undefined}>
          {health !== undefined && <Health node={node} />}
          {link !== undefined && <Box fontSize="body-s">{linkWords(node)}</Box>}
          {isDense && <Place text={zone} />}
        </div>
        {health !== "ready" && sentence !== undefined && (
          <Box fontSize="body-s">{shortened(sentence, SENTENCE_LENGTH_MAX)}</Box>
        )}
        {!isDense && (
          <Place
            text={[zone, address && (port === undefined ? address : `${address}:${port}`)].filter(Boolean).join(" · ")}
          />
        )}
      </div>
    </li>
  );
}

function Place({ text }: { text: string }) {
  return (
    <Box fontSize="body-s" color="text-body-secondary">
      {text}
    </Box>
  );
}

export function Health({ node: { health, syncPercent } }: { node: Pick<TopologyNode, "health" | "syncPercent"> }) {
  if (health === undefined) return <>-</>;
  const word = syncPercent === undefined ? health : `${health}, ${Math.floor(syncPercent)} %`;
  return <StatusIndicator type={HEALTH_SIGNS[health] ?? "pending"}>{word}</StatusIndicator>;
}

const ROLE_WORDS: Record<TopologyNode["role"], string> = {
  primary: "Primary",
  replica: "Replica",
  unknown: "Role not known",
};

const HEALTH_SIGNS: Record<string, StatusIndicatorProps.Type> = {
  ready: "success",
  syncing: "in-progress",
  starting: "in-progress",
  [NOT_STARTED]: "pending",
  down: "error",
  unknown: "warning",
};
