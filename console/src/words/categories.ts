/** The engines' categories of commands, in words that go on after "may use". */

export interface Category {
  name: string;
  phrase: string;
  /** What a person who does not know it needs to be told. */
  hint: string;
}

export const CATEGORIES: readonly Category[] = [
  { name: "read", phrase: "commands that read", hint: "They read the values of keys, or what kind they are." },
  { name: "write", phrase: "commands that write", hint: "They change, expire or delete keys." },
  { name: "connection", phrase: "commands for the connection", hint: "Greet the engine, choose a database, ping." },
  { name: "keyspace", phrase: "commands for keys of any type", hint: "Delete, expire, rename, scan." },
  { name: "string", phrase: "commands for strings", hint: "GET, SET, INCR and the like." },
  { name: "hash", phrase: "commands for hashes", hint: "HGET, HSET and the like." },
  { name: "list", phrase: "commands for lists", hint: "LPUSH, LPOP and the like." },
  { name: "set", phrase: "commands for sets", hint: "SADD, SMEMBERS and the like." },
  { name: "sortedset", phrase: "commands for sorted sets", hint: "ZADD, ZRANGE and the like." },
  { name: "stream", phrase: "commands for streams", hint: "XADD, XREAD and the like." },
  { name: "bitmap", phrase: "commands for bitmaps", hint: "SETBIT, BITCOUNT and the like." },
  { name: "hyperloglog", phrase: "commands for HyperLogLogs", hint: "They count distinct things: PFADD, PFCOUNT." },
  { name: "geo", phrase: "commands for positions", hint: "GEOADD, GEOSEARCH and the like." },
  { name: "pubsub", phrase: "commands for publish and subscribe", hint: "They need channels, not keys." },
  { name: "transaction", phrase: "commands for transactions", hint: "MULTI, EXEC, WATCH." },
  {
    name: "scripting",
    phrase: "commands for scripts and functions",
    hint: "What runs inside has the user's own rights.",
  },
  { name: "blocking", phrase: "commands that wait", hint: "They hold their connection until there is data." },
  { name: "fast", phrase: "fast commands", hint: "Their time hardly grows with the data." },
  { name: "slow", phrase: "slow commands", hint: "All that are not fast: their time grows with the data." },
  {
    name: "dangerous",
    phrase: "dangerous commands",
    hint: "They can lose data or keep everybody waiting, as FLUSHALL and KEYS; INFO and SORT are among them.",
  },
  { name: "admin", phrase: "commands for administration", hint: "Many of them nobody may use here." },
];

const BY_NAME = new Map(CATEGORIES.map((category) => [category.name, category]));

/** ``read`` → ``commands that read``. */
export function categoryPhrase(name: string): string {
  return BY_NAME.get(name)?.phrase ?? `commands of the category ${name}`;
}

export function categoryHint(name: string): string {
  return BY_NAME.get(name)?.hint ?? "";
}
