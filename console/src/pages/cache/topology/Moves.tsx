/** What is still to move, from whom to whom. */

import Box from "@cloudscape-design/components/box";
import type { Move } from "../../../reckoning/slots";
import type { TopologyShard } from "../../../reckoning/topology";
import { counted } from "../../../words/numbers";
import { shardColour } from "./colours";
import styles from "./topology.module.css";

const MOVES_SHOWN = 12;

export function Moves({ moves, shards }: { moves: readonly Move[]; shards: readonly TopologyShard[] }) {
  const colours = new Map(shards.map(({ id }, index) => [id, shardColour(index)]));
  const hidden = moves.length - MOVES_SHOWN;
  return (
    <Box>
      <Box variant="h3">Slots still to move</Box>
      <ul className={styles.moves}>
        {moves.slice(0, MOVES_SHOWN).map(({ from, to, count }) => (
          <li key={`${from} ${to}`}>
            <Swatch colour={colours.get(from)} />
            {`${from} → `}
            <Swatch colour={colours.get(to)} />
            {`${to}: ${counted(count, "slot")}`}
          </li>
        ))}
        {hidden > 0 && <li>{`and ${counted(hidden, "move")} more`}</li>}
      </ul>
    </Box>
  );
}

/** The shard's colour, beside its name. */
export function Swatch({ colour }: { colour: string | undefined }) {
  return <span className={styles.swatch} style={{ background: colour }} aria-hidden />;
}
