/** Hash slots: the 16,384 parts of a cluster's keys, as the API writes them (``0-99,200``) and as a picture needs them. */

export const SLOT_COUNT = 16_384;

/** From the first to the last, both included. */
export interface SlotRange {
  first: number;
  last: number;
}

/** Ascending ranges. What is no range is left out: it is a picture, and the API's text is shown beside it. */
export function parseSlots(text: string | undefined): SlotRange[] {
  const ranges: SlotRange[] = [];
  for (const part of (text ?? "").split(",")) {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    if (match === null) continue;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first <= last && last < SLOT_COUNT) ranges.push({ first, last });
  }
  return ranges.sort((one, other) => one.first - other.first);
}

/** As the API writes them. */
export function renderSlots(ranges: readonly SlotRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

export function countSlots(ranges: readonly SlotRange[]): number {
  return ranges.reduce((count, { first, last }) => count + last - first + 1, 0);
}

/** What both have. */
export function sharedSlots(some: readonly SlotRange[], others: readonly SlotRange[]): SlotRange[] {
  const shared: SlotRange[] = [];
  for (const one of some) {
    for (const other of others) {
      const first = Math.max(one.first, other.first);
      const last = Math.min(one.last, other.last);
      if (first <= last) shared.push({ first, last });
    }
  }
  return shared;
}

export interface Ownership {
  shardId: string;
  /** What it was last seen to own. */
  slots: readonly SlotRange[];
  /** What it shall own. */
  target: readonly SlotRange[];
}

export interface Move {
  from: string;
  to: string;
  slots: SlotRange[];
  count: number;
}

/** What is still to move, from whom to whom: what one owns now and another one shall own. */
export function movesLeft(shards: readonly Ownership[]): Move[] {
  const moves: Move[] = [];
  for (const giver of shards) {
    for (const taker of shards) {
      if (giver.shardId === taker.shardId) continue;
      const slots = sharedSlots(giver.slots, taker.target);
      if (slots.length > 0) moves.push({ from: giver.shardId, to: taker.shardId, slots, count: countSlots(slots) });
    }
  }
  return moves;
}
