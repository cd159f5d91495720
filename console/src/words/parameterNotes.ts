/** What is unlike AWS of some parameters: docs/reference/parameters.md has it at length. The API's answers do not tell it. */

interface Note {
  sentence: string;
  /** The API says that it can be changed, and refuses every other value. */
  isRefused?: true;
}

const WITHOUT_EFFECT = "Kept and without effect: ";

const NOTES: Record<string, Note> = {
  "rename-commands": { sentence: "This version of Elastane does not rename or block commands.", isRefused: true },
  "close-on-replica-write": { sentence: `${WITHOUT_EFFECT}stock engines do not hang up on who writes to a replica.` },
  activedefrag: { sentence: "yes is refused for a cache whose engine was built without the allocator it needs." },
  "cluster-enabled": { sentence: "Can be changed while no cache uses the group." },
  "reserved-memory": { sentence: "This or reserved-memory-percent, not both." },
  "reserved-memory-percent": { sentence: "This or reserved-memory, not both." },
};

const MEMCACHED_NOTES: Record<string, Note> = {
  config_max: { sentence: `${WITHOUT_EFFECT}the configuration endpoint tells of the nodes, and they keep no list.` },
  config_size_max: {
    sentence: `${WITHOUT_EFFECT}the configuration endpoint tells of the nodes, and they keep no list.`,
  },
  inline_ascii_resp: { sentence: `${WITHOUT_EFFECT}memcached has had no such option since 1.5.15.` },
  max_item_size: { sentence: "Rounded up, by less than 6.25 %, to a size that memcached starts with." },
  slab_chunk_max: { sentence: "Made smaller where memcached would not start with it beside max_item_size." },
};

export function parameterNote(name: string, family: string): Note | undefined {
  if (family.startsWith("memcached")) return MEMCACHED_NOTES[name];
  if (name.startsWith("search-")) {
    return { sentence: `${WITHOUT_EFFECT}it belongs to a module that stock engines do not have.` };
  }
  return NOTES[name];
}
