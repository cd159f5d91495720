/**
 * Who may sign in to a cache, as it is and as it is asked for, and the parameters that lead from one to the other. AWS has
 * rules about the way: they are in `accessModifications`.
 */

import type { Modifications } from "./modification";

/** AWS's rule for a token that is given to a cache that exists. */
const TOKEN = /^[^/"@%]{16,128}$/;
const PRINTABLE_ASCII = /^[ -~]*$/;

/** Undefined where the token is one that AWS takes. */
export function refusalOfToken(token: string): string | undefined {
  if (token.length < 16 || token.length > 128) return "16 to 128 characters.";
  return TOKEN.test(token) && PRINTABLE_ASCII.test(token) ? undefined : 'Printable ASCII without / " @ and %.';
}

export interface PresentAccess {
  kind: "users" | "AUTH token" | "open";
  userGroupId?: string;
}

export type WantedAccess =
  | { kind: "open" }
  | { kind: "users"; userGroupId: string }
  /** The first token of a cache that had users: it is SET, for rotated it would let in whoever has none. */
  | { kind: "AUTH token"; token: string };

/** Undefined where nothing changes, or where there is no way in one call. */
export function accessModifications(present: PresentAccess, wanted: WantedAccess): Modifications | undefined {
  const now = { ApplyImmediately: true };
  const former = present.userGroupId === undefined ? {} : { UserGroupIdsToRemove: [present.userGroupId] };
  if (wanted.kind === "users") {
    if (wanted.userGroupId === "" || wanted.userGroupId === present.userGroupId) return undefined;
    const strategy = present.kind === "AUTH token" ? { AuthTokenUpdateStrategy: "DELETE" as const } : {};
    return { ...now, UserGroupIdsToAdd: [wanted.userGroupId], ...former, ...strategy };
  }
  if (present.kind !== "users") return undefined;
  if (wanted.kind === "open") return { ...now, RemoveUserGroups: true };
  return { ...now, RemoveUserGroups: true, AuthToken: wanted.token, AuthTokenUpdateStrategy: "SET" };
}

/** Where encrypted connections come to while both kinds are taken: the port beside the cache's. */
export function encryptedPortBeside(port: number): number {
  return port === 65_535 ? 65_534 : port + 1;
}

/** Of every cache: it is not built, and there is nothing that it would encrypt. */
export const AT_REST_WORDS = "Off: engines write no data to the disk";

export type Encryption = "off" | "preferred" | "required";

const NEXT: Record<Encryption, readonly Encryption[]> = {
  off: ["preferred"],
  preferred: ["off", "required"],
  required: ["preferred"],
};

/** One step a call: off ⇄ preferred ⇄ required. */
export function isNextEncryption(present: Encryption, wanted: Encryption): boolean {
  return NEXT[present].includes(wanted);
}

export function encryptionModifications(wanted: Encryption): Modifications {
  if (wanted === "off") return { ApplyImmediately: true, TransitEncryptionEnabled: false };
  return { ApplyImmediately: true, TransitEncryptionEnabled: true, TransitEncryptionMode: wanted };
}

/** What is on its way, where a step was taken and is not done. */
export function pendingEncryption(
  pending: { TransitEncryptionEnabled?: boolean; TransitEncryptionMode?: string } | undefined,
): Encryption | undefined {
  if (pending?.TransitEncryptionEnabled === undefined) return undefined;
  if (!pending.TransitEncryptionEnabled) return "off";
  return pending.TransitEncryptionMode === "preferred" ? "preferred" : "required";
}
