/** Numbers as people read them. */

const BINARY = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** ``1536`` → ``1.5 KiB``. */
export function bytes(count: number): string {
  let unit = 0;
  let amount = count;
  while (amount >= 1024 && unit < BINARY.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? amount : short(amount)} ${BINARY[unit]}`;
}

/** Three figures at most, and a word for thousands: ``0.42``, ``17``, ``12.3 k``. */
export function amount(value: number): string {
  for (const [size, word] of [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ] as const) {
    if (Math.abs(value) >= size) return `${short(value / size)}${word}`;
  }
  return short(value);
}

/** Of a number between 0 and 100. */
export function percent(value: number): string {
  return `${short(value)} %`;
}

/** ``counted(1, "shard")`` → ``1 shard``; ``counted(2, "replica")`` → ``2 replicas``. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;
}

function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
