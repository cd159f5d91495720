/**
 * A signature holds for some minutes around the server's time, and a browser's clock may be wrong by more: whoever signs
 * in is measured once, and the difference goes into every signature. Without it their key would only seem to be wrong.
 */

/** Less than this is not worth correcting, and below what the server's answer, in whole seconds, can tell. */
const NOTICED_MS = 60_000;

/** Milliseconds that the server is ahead of this browser; 0 where they agree, or where the server does not say. */
export async function serverAheadMs(endpoint: string, options: { abortSignal: AbortSignal }): Promise<number> {
  const before = Date.now();
  const answer = await fetch(`${endpoint}/_elastane/health`, { signal: options.abortSignal, cache: "no-store" });
  return aheadMs(answer.headers.get("date"), (before + Date.now()) / 2);
}

export function aheadMs(told: string | null, now: number): number {
  const server = told === null ? Number.NaN : Date.parse(told);
  const ahead = server - now;
  return Number.isNaN(ahead) || Math.abs(ahead) < NOTICED_MS ? 0 : Math.round(ahead);
}
