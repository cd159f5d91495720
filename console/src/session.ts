/**
 * Whose key signs: kept in memory, or if the person wants it until the tab is closed, in the tab's session storage. It is
 * written nowhere else, and never sent: a signature is.
 */

const STORED = "elastane.access-key";

/** After this a person signs in anew, as in AWS's console: a tab left open is not a key left lying about for ever. */
export const SESSION_HOURS = 12;

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  /** Milliseconds since 1970. */
  signedInAt: number;
  /** How far the server's clock was ahead of this browser's, in milliseconds (`clock.ts`). */
  clockAheadMs: number;
}

export function isExpired(key: AccessKey, now: number): boolean {
  return now - key.signedInAt >= SESSION_HOURS * 3_600_000;
}

/** What this tab kept; null where there is nothing, or nothing that can be read, or where it is too old. */
export function keptKey(storage: Storage, now: number): AccessKey | null {
  const text = storage.getItem(STORED);
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as Partial<AccessKey>;
    const { accessKeyId, secretAccessKey, region, signedInAt, clockAheadMs = 0 } = kept;
    if (!accessKeyId || !secretAccessKey || !region || typeof signedInAt !== "number") return null;
    const key = { accessKeyId, secretAccessKey, region, signedInAt, clockAheadMs };
    return isExpired(key, now) ? null : key;
  } catch {
    return null;
  }
}

export function keepKey(storage: Storage, key: AccessKey): void {
  storage.setItem(STORED, JSON.stringify(key));
}

export function forgetKey(storage: Storage): void {
  storage.removeItem(STORED);
}
