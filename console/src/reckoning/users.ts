/** What the API will say of a user's id, name and passwords, told while a person types. The API has the last word. */

import type { UserEngine } from "./accessVocabulary";

export const ID_LENGTH_MAX = 40;
export const NAME_LENGTH_MAX = 120;
export const PASSWORD_LENGTH_MIN = 16;
export const PASSWORD_LENGTH_MAX = 128;
export const PASSWORD_COUNT_MAX = 2;
/** Engines have users of Elastane's own, whose names begin with it. */
const RESERVED_PREFIX = "elastane";

/** The built-in user, which nobody can change: it lets in everybody. */
export const DEFAULT_USER = "default";

export type AuthenticationType = "password" | "no-password" | "iam";

export const AUTHENTICATION_WORDS: Readonly<Record<AuthenticationType, string>> = {
  password: "Password",
  "no-password": "No password",
  iam: "IAM",
};

export const ENGINE_WORDS: Readonly<Record<UserEngine, string>> = { valkey: "Valkey", redis: "Redis OSS" };

export function engineWord(engine: string | undefined): string {
  return ENGINE_WORDS[(engine ?? "") as UserEngine] ?? engine ?? "-";
}

/** Of users and of user groups. Capital letters are stored as small ones. */
export function idProblem(id: string): string | undefined {
  if (id === "") return "An id is needed.";
  if (id.length > ID_LENGTH_MAX) return `At most ${ID_LENGTH_MAX} characters.`;
  if (/^[a-z](-?[a-z0-9])*$/.test(id.toLowerCase())) return undefined;
  return "Letters, digits and single hyphens; a letter first, no hyphen last.";
}

export function nameProblem(name: string): string | undefined {
  if (name === "") return "A name is needed: it is what is sent to the engine.";
  if (name.length > NAME_LENGTH_MAX) return `At most ${NAME_LENGTH_MAX} characters.`;
  if (/[\p{C}\p{Z}]/u.test(name)) return "Printable characters without spaces.";
  if (name.toLowerCase().startsWith(RESERVED_PREFIX)) {
    return `Names that begin with ${RESERVED_PREFIX} are reserved for the control plane's own users.`;
  }
  return undefined;
}

/** The sentences name no password. */
export function passwordProblem(password: string): string | undefined {
  if (password.length < PASSWORD_LENGTH_MIN || password.length > PASSWORD_LENGTH_MAX) {
    return `${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters; this has ${password.length}.`;
  }
  if (!/^[\x20-\x7e]*$/.test(password)) return "Printable ASCII characters only.";
  if (/[,"/@]/.test(password)) return 'Without the comma, ", / and @.';
  return undefined;
}

/** The first thing that is wrong with all of them together. */
export function passwordsProblem(passwords: readonly string[]): string | undefined {
  if (passwords.length === 0) return "One or two passwords are needed.";
  if (passwords.length > PASSWORD_COUNT_MAX) return `At most ${PASSWORD_COUNT_MAX} passwords.`;
  if (new Set(passwords).size < passwords.length) return "The two passwords must differ.";
  return passwords.map(passwordProblem).find((problem) => problem !== undefined);
}

const PASSWORD_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const GENERATED_LENGTH = 32;

/** 192 bits of chance: 64 letters, so that each byte's low six bits choose one of them evenly. */
export function generatedPassword(random: (bytes: Uint8Array) => Uint8Array = fillRandomly): string {
  const bytes = random(new Uint8Array(GENERATED_LENGTH));
  return Array.from(bytes, (byte) => PASSWORD_LETTERS.charAt(byte & 63)).join("");
}

function fillRandomly(bytes: Uint8Array): Uint8Array {
  return crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
}

/** How such a user may not sign in, in a sentence; undefined where it may. */
export function authenticationProblem(
  engine: UserEngine,
  authentication: AuthenticationType,
  id: string,
  name: string,
): string | undefined {
  if (authentication === "no-password" && engine === "valkey") return "A user of Valkey must have a password, or IAM.";
  if (authentication === "iam" && id.toLowerCase() !== name) {
    return "With IAM the name must be the id, in small letters: a token is signed for the one and shown with the other.";
  }
  return undefined;
}
