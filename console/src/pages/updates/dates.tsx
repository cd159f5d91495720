/** Days and moments of service updates. */

import Box from "@cloudscape-design/components/box";
import { ago, moment } from "../../words/times";

export function Day({ at }: { at: Date | undefined }) {
  return at === undefined ? "-" : <span title={moment(at)}>{ago(at, new Date())}</span>;
}

/** Until when it should be done: late is said in so many words, for colour alone says nothing to some. */
export function ApplyBy({ at }: { at: Date | undefined }) {
  if (at === undefined) return "-";
  const now = new Date();
  const day = at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const isLate = at < now;
  return (
    <>
      {day}
      <Box variant="small" color={isLate ? "text-status-error" : "text-body-secondary"} display="block">
        {isLate ? `Late: ${ago(at, now)}` : ago(at, now)}
      </Box>
    </>
  );
}
