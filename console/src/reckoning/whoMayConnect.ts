/** Who may connect to a cache and read its data, in sentences: the network first, then encryption, then who signs in. */

import { isMemcached, type Subject } from "../caches";
import { encryptedPortBeside } from "./access";

export function whoMayConnect({ cache, group, cluster }: Subject, port: number): string[] {
  return [
    networkSentence(cluster?.SecurityGroups ?? []),
    encryptionSentence(cache.encryption, port),
    isMemcached(cache)
      ? "Memcached asks nobody for a name or a password: who may connect may read and write everything, and flush it."
      : accessSentence(cache.access, group?.UserGroupIds ?? []),
  ];
}

function networkSentence(groups: readonly { SecurityGroupId?: string; Status?: string }[]): string {
  if (groups.length === 0) return "Which security groups it has is not known yet.";
  const names = groups.map((group) => group.SecurityGroupId).join(", ");
  if (groups.some((group) => group.Status !== "active")) {
    return `Whoever reaches its addresses may connect: its security groups (${names}) are kept and shown, and nobody enforces them here.`;
  }
  return `Whoever the rules of ${names} let in may connect; the kernel drops everybody else.`;
}

function encryptionSentence(encryption: Subject["cache"]["encryption"], port: number): string {
  if (encryption === "required") return `At port ${port} only encrypted connections (TLS) are taken.`;
  if (encryption === "off") return `Connections at port ${port} are plain: who sees the network sees the data.`;
  return `Plain connections come to port ${port}, encrypted ones to port ${encryptedPortBeside(port)}.`;
}

function accessSentence(access: Subject["cache"]["access"], userGroupIds: readonly string[]): string {
  if (access === "users") {
    return `Only users of ${userGroupIds.join(", ")} sign in, each with rights of its own.`;
  }
  if (access === "AUTH token") {
    // AWS's answers do not tell a first token that was rotated from one that was set.
    return "Whoever has an AUTH token may do everything. Nobody else may do anything, but while a first token was rotated and not set yet: then who has none is let in, too. Explain tells whether that is so.";
  }
  return "Nobody is asked for a name or a password: who may connect may read and write everything.";
}
