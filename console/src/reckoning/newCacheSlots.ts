/** Slots that a person gives to shards by hand: the API takes them only where every slot has one owner. */

import { SLOT_COUNT, shardName } from "./newCache";

/** One sentence for what is wrong first; none where every slot belongs to one shard. */
export function problemsOfSlots(texts: readonly string[]): string[] {
  const owner = new Int16Array(SLOT_COUNT).fill(-1);
  for (const [shard, text] of texts.entries()) {
    const wrong = claim(owner, shard, text);
    if (wrong !== undefined) return [wrong];
  }
  const first = owner.indexOf(-1);
  if (first === -1) return [];
  const after = owner.findIndex((shard, slot) => slot > first && shard !== -1);
  const last = (after === -1 ? SLOT_COUNT : after) - 1;
  return [`Nobody would own ${first === last ? `slot ${first}` : `the slots from ${first} to ${last}`}.`];
}

function claim(owner: Int16Array, shard: number, text: string): string | undefined {
  const name = shardName(shard);
  if (text.trim() === "") return `Shard ${name} has no slots.`;
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first > last || last >= SLOT_COUNT) {
      return `Shard ${name}: "${part.trim()}" is no range of slots between 0 and ${SLOT_COUNT - 1}, such as 0-8191.`;
    }
    for (let slot = first; slot <= last; slot += 1) {
      const other = owner[slot] ?? -1;
      if (other === shard) return `Shard ${name} names slot ${slot} twice.`;
      if (other !== -1) return `Slot ${slot} is given to shard ${shardName(other)} and to shard ${name}.`;
      owner[slot] = shard;
    }
  }
  return undefined;
}
