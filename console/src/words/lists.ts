/** Several things in one sentence. */

/** ``["a", "b", "c"]`` → ``a, b and c``. */
export function joined(parts: readonly string[], last = "and"): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} ${last} ${parts.at(-1)}`;
}

/** With dots in place of what is too much. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)} …` : text;
}
