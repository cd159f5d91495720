/** What is still to move, from whom to whom. */

import Box from "@cloudscape-design/components/box";
import { Swatch } from "../../../parts/SlotBar";
import type { Move } from "../../../reckoning/slots";
import { counted } from "../../../words/numbers";
import styles from "./topology.module.css";

const MOVES_SHOWN = 12;

export function Moves({ moves }: { moves: readonly Move[] }) {
  const hidden = moves.length - MOVES_SHOWN;
  return (
    <Box>
      <Box variant="h3">Slots still to move</Box>
      <ul className={styles.moves}>
        {moves.slice(0, MOVES_SHOWN).map(({ from, to, count }) => (
          <li key={`${from} ${to}`}>
            <Swatch shardId={from} />
            {`${from} → `}
            <Swatch shardId={to} />
            {`${to}: ${counted(count, "slot")}`}
          </li>
        ))}
        {hidden > 0 && <li>{`and ${counted(hidden, "move")} more`}</li>}
      </ul>
    </Box>
  );
}
