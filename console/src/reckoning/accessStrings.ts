/**
 * Access strings: what a user may do, in the engines' own rules, read as the API reads them. The control plane's
 * `model/access_strings.py` is the model of this file: the same rules, the same normal form, the same sentences.
 *
 *     on ~orders:* %R~stock:* &news.* -@all +@read +get (~carts:* -@all +@write)
 *     │  └ keys               └ channels └ commands     └ a selector: rights of its own, beside the others
 *     └ on or off; off when nothing is said
 *
 * Rules count from left to right. A wrong rule is told with its reason, and those behind it are read as if it were not
 * there, so that a person sees all that is wrong at once; the API stops at the first.
 */

import { compareVersions, type Vocabulary } from "./accessVocabulary";

export class AccessStringError extends Error {}

export interface KeyPattern {
  pattern: string;
  isRead: boolean;
  isWritten: boolean;
}

/** One set of rights: the user's own, or a selector's. It starts from nothing. */
export interface Permissions {
  keys: readonly KeyPattern[];
  /** Undefined: as the engine has it by default. ``*`` stands alone. */
  channels?: readonly string[];
  /** Undefined: all of them. */
  databases?: readonly number[];
  /** Rules in their order; the first is ``+@all`` or ``-@all``. */
  commands: readonly string[];
}

export interface Access {
  isOn: boolean;
  root: Permissions;
  selectors: readonly Permissions[];
}

/** One rule as it was written; a selector is one, with its rules inside. */
export interface Rule {
  text: string;
  /** Of a selector: the rules between its brackets. */
  inner?: readonly string[];
  /** Why a selector cannot be read. */
  problem?: string;
}

export const NOTHING: Permissions = { keys: [], commands: ["-@all"] };
export const NO_ACCESS: Access = { isOn: false, root: NOTHING, selectors: [] };

/** The first engine version with selectors, with reading and writing apart, and with subcommands taken away. */
export const PARTS_VERSION = "7.0";
export const CHANNELS_VERSION = "6.2";
export const DATABASES_VERSION = "9.1";
const DATABASE_NUMBER_MAX = 9999;

/** As the API reads it. Throws AccessStringError, whose sentence is the API's. */
export function parseAccessString(text: string, words: Vocabulary): Access {
  let access = NO_ACCESS;
  for (const rule of rulesOf(text)) {
    if (rule.problem !== undefined) throw new AccessStringError(rule.problem);
    for (const each of rule.inner ?? [rule.text]) refuseUnknown(each, words);
    access = withRule(access, rule);
  }
  const needed = minimumVersion(access, words);
  if (words.newestVersion !== undefined && compareVersions(needed, words.newestVersion) > 0) {
    throw new AccessStringError(
      `it needs engine version ${needed}, and this engine's last one is ${words.newestVersion}.`,
    );
  }
  return access;
}

/** In the normal form, which is the one that the API keeps and answers. */
export function renderAccessString(access: Access): string {
  const selectors = access.selectors.map((selector) => `(${renderPermissions(selector).join(" ")})`);
  return [access.isOn ? "on" : "off", ...renderPermissions(access.root), ...selectors].join(" ");
}

// What is no printable character, as Python's `str.isprintable` has it.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/**
 * Spaces divide, and nothing else. As the engines read it, a selector goes from a word that begins with a bracket up to
 * the next that ends with one. Throws for a character that cannot be printed.
 */
export function rulesOf(text: string): Rule[] {
  if (UNPRINTABLE.test(text)) throw new AccessStringError("it has a character that cannot be printed.");
  const rules: Rule[] = [];
  const words = text.split(" ").filter((word) => word !== "");
  for (let place = 0; place < words.length; place += 1) {
    const first = words[place] ?? "";
    if (!first.startsWith("(")) {
      rules.push({ text: first });
      continue;
    }
    const end = words.findIndex((word, at) => at >= place && word.endsWith(")"));
    const taken = words.slice(place, end === -1 ? undefined : end + 1);
    rules.push(selectorOf(taken.join(" "), end !== -1));
    place += taken.length - 1;
  }
  return rules;
}

function selectorOf(text: string, isClosed: boolean): Rule {
  if (!isClosed) return { text, problem: `the selector ${text} is not closed.` };
  const inner = text
    .slice(1, -1)
    .split(" ")
    .filter((word) => word !== "");
  for (const rule of inner) {
    if (rule.endsWith(")")) {
      return { text, inner, problem: `${rule}: inside a selector no pattern may end with a bracket.` };
    }
    if (/['"]/.test(rule)) {
      return { text, inner, problem: `${rule}: inside a selector no pattern may have quotation marks.` };
    }
  }
  return { text, inner };
}

/** The same access with one more rule behind all others. Throws for what is no rule. */
export function withRule(access: Access, rule: Rule): Access {
  if (rule.problem !== undefined) throw new AccessStringError(rule.problem);
  if (rule.inner !== undefined) {
    const selector = rule.inner.reduce(withPermission, NOTHING);
    return { ...access, selectors: [...access.selectors, selector] };
  }
  switch (rule.text.toLowerCase()) {
    case "on":
      return { ...access, isOn: true };
    case "off":
      return { ...access, isOn: false };
    case "clearselectors":
      return { ...access, selectors: [] };
    case "sanitize-payload":
      return access; // what is so anyway; ACL LIST shows it, which people copy
    default:
      return { ...access, root: withPermission(access.root, rule.text) };
  }
}

/** Throws for a command or category that the engine does not have, or not for customers. */
export function refuseUnknown(rule: string, words: Vocabulary): void {
  if (!/^[+-]/.test(rule)) return;
  const name = rule.slice(1).toLowerCase();
  if (name.startsWith("@")) {
    if (name !== "@all" && !words.categories.has(name.slice(1))) {
      throw new AccessStringError(`${rule}: there is no such category of commands.`);
    }
    return;
  }
  const [container = "", part] = name.split(/\|(.*)/s);
  // All of a command's subcommands may be named together when some of them are allowed.
  const isMixed = !part && [...words.permitted].some((each) => each.startsWith(`${name}|`));
  const isForbidden = words.forbidden.has(name) || words.forbidden.has(container);
  if (isForbidden && !isMixed && !words.permitted.has(name)) {
    throw new AccessStringError(
      `${rule}: the command ${name} is not available and cannot be part of an access string.`,
    );
  }
  if (!words.commands.has(name)) throw new AccessStringError(`${rule}: there is no such command.`);
}

// --- rules of permissions --------------------------------------------------------------------------

const COMMAND = /^[+-](@[a-z0-9-]+|[a-z0-9._-]+(\|[a-z0-9._-]+)?)$/;
const KEY = /^(?:~|%(r|w|rw|wr)~)(.+)$/is;
const DATABASES = /^db=([0-9]+(?:,[0-9]+)*)$/i;

/** The same permissions with one more rule behind all others. Throws for what is no rule. */
export function withPermission(before: Permissions, rule: string): Permissions {
  switch (rule.toLowerCase()) {
    case "allkeys":
      return withKey(before, "~*");
    case "resetkeys":
      return { ...before, keys: [] };
    case "allchannels":
    case "&*":
      return { ...before, channels: ["*"] };
    case "resetchannels":
      return { ...before, channels: [] };
    case "alldbs":
      return { ...before, databases: undefined };
    case "resetdbs":
      return { ...before, databases: [] };
    case "allcommands":
      return withCommand(before, "+@all");
    case "nocommands":
      return withCommand(before, "-@all");
    case "reset":
    case "resetpass":
    case "nopass":
      throw new AccessStringError(`${rule}: passwords are set with parameters of their own.`);
    default:
      return withValue(before, rule);
  }
}

/** A word that is, or may be, a password: it is not shown again. */
export function isPassword(rule: string): boolean {
  return /^[><#!]/.test(rule);
}

function withValue(before: Permissions, rule: string): Permissions {
  if (isPassword(rule)) throw new AccessStringError("passwords are set with parameters of their own.");
  if (/^[~%]/.test(rule)) return withKey(before, rule);
  if (rule.startsWith("&") && rule !== "&") return withChannel(before, rule.slice(1));
  if (/^[+-]/.test(rule)) return withCommand(before, rule.toLowerCase());
  const numbers = DATABASES.exec(rule)?.[1];
  if (numbers !== undefined) return withDatabases(before, numbers);
  throw new AccessStringError(`${rule}: this is not a rule of an access string.`);
}

function isEverything(key: KeyPattern): boolean {
  return key.pattern === "*" && key.isRead && key.isWritten;
}

function withKey(before: Permissions, rule: string): Permissions {
  const found = KEY.exec(rule);
  if (found === null) throw new AccessStringError(`${rule}: this is not a pattern of keys.`);
  if (rule !== "~*" && before.keys.some(isEverything)) {
    throw new AccessStringError(`${rule}: a pattern behind ~* has no effect. resetkeys begins an empty list.`);
  }
  const access = (found[1] ?? "rw").toLowerCase();
  const pattern = found[2] ?? "";
  const present = before.keys.find((key) => key.pattern === pattern);
  const asked: KeyPattern = {
    pattern,
    isRead: access.includes("r") || present?.isRead === true,
    isWritten: access.includes("w") || present?.isWritten === true,
  };
  if (isEverything(asked)) return { ...before, keys: [asked] };
  if (present === undefined) return { ...before, keys: [...before.keys, asked] };
  return { ...before, keys: before.keys.map((key) => (key === present ? asked : key)) };
}

function withChannel(before: Permissions, pattern: string): Permissions {
  const present = before.channels ?? [];
  if (present[0] === "*") {
    throw new AccessStringError(`&${pattern}: a pattern behind &* has no effect. resetchannels begins an empty list.`);
  }
  return { ...before, channels: [...new Set([...present, pattern])] };
}

/** A list takes the place of the one before, as in the engine. */
function withDatabases(before: Permissions, numbers: string): Permissions {
  const databases = [...new Set(numbers.split(",").map(Number))].sort((one, other) => one - other);
  if ((databases.at(-1) ?? 0) > DATABASE_NUMBER_MAX) {
    throw new AccessStringError(`db=${numbers}: the number of a database is ${DATABASE_NUMBER_MAX} at most.`);
  }
  return { ...before, databases };
}

function withCommand(before: Permissions, rule: string): Permissions {
  if (!COMMAND.test(rule)) throw new AccessStringError(`${rule}: this names neither a command nor a category.`);
  const name = rule.slice(1);
  if (name === "@all") return { ...before, commands: [rule] };
  const [first = "-@all", ...others] = before.commands;
  // Whatever was said of the same commands before is void now.
  const kept = others.filter((other) => other.slice(1) !== name && !other.slice(1).startsWith(`${name}|`));
  return { ...before, commands: [first, ...kept, rule] };
}

// --- the engine version that is needed -------------------------------------------------------------

/** The oldest engine version that understands it: ``7.0``. Its commands are in the vocabulary. */
export function minimumVersion(access: Access, words: Vocabulary): string {
  const needed = [words.oldestVersion];
  if (access.selectors.length > 0) needed.push(PARTS_VERSION);
  for (const permissions of [access.root, ...access.selectors]) {
    if (permissions.keys.some((key) => !key.isRead || !key.isWritten)) needed.push(PARTS_VERSION);
    if (permissions.channels !== undefined) needed.push(CHANNELS_VERSION);
    if (permissions.databases !== undefined) needed.push(DATABASES_VERSION);
    needed.push(...permissions.commands.map((rule) => commandVersion(rule, words)));
  }
  return needed.reduce(newer);
}

/** Of one rule for commands: ``-client|kill`` needs 7.0, for only then subcommands can be taken away. */
export function commandVersion(rule: string, words: Vocabulary): string {
  const since = words.commands.get(rule.slice(1)) ?? words.oldestVersion;
  return rule.startsWith("-") && rule.includes("|") ? newer(since, PARTS_VERSION) : since;
}

export function newer(one: string, other: string): string {
  return compareVersions(one, other) >= 0 ? one : other;
}

// --- the normal form -------------------------------------------------------------------------------

export function renderPermissions(permissions: Permissions): string[] {
  const words = permissions.keys.map(renderKey);
  if (permissions.channels?.[0] === "*") words.push("&*");
  else if (permissions.channels !== undefined) {
    words.push("resetchannels", ...permissions.channels.map((pattern) => `&${pattern}`));
  }
  if (permissions.databases !== undefined) {
    words.push(permissions.databases.length > 0 ? `db=${permissions.databases.join(",")}` : "resetdbs");
  }
  return [...words, ...permissions.commands];
}

function renderKey(key: KeyPattern): string {
  const access = key.isRead && key.isWritten ? "" : key.isRead ? "%R" : "%W";
  return `${access}~${key.pattern}`;
}
