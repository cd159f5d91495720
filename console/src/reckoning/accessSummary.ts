/** What an access string comes to, in a few sentences: what its user may do when all of its rules have counted. */

import { categoryPhrase } from "../words/categories";
import { joined } from "../words/lists";
import { counted } from "../words/numbers";
import type { Access, KeyPattern, Permissions } from "./accessStrings";

export function summaryOf(access: Access): string[] {
  const sentences = [access.isOn ? "May sign in." : "May not sign in: the last word on that is off, or there is none."];
  sentences.push(...rightsOf(access.root, access.selectors.length > 0));
  for (const [place, selector] of access.selectors.entries()) {
    const name = access.selectors.length === 1 ? "Besides" : `Besides, by selector ${place + 1}`;
    sentences.push(`${name}: ${lowered(rightsOf(selector, false).join(" "))}`);
  }
  return sentences;
}

/** Of one set of rights. Without commands nothing else counts. */
export function rightsOf(permissions: Permissions, hasMore: boolean): string[] {
  const commands = commandsPhrase(permissions.commands);
  if (commands === undefined) {
    return [hasMore ? "May use no command but by a selector." : "May use no command, and so do nothing."];
  }
  const databases = permissions.databases === undefined ? [] : [databasesSentence(permissions.databases)];
  return [keysSentence(permissions.keys), `May use ${commands}.`, channelsSentence(permissions.channels), ...databases];
}

// --- keys and channels -----------------------------------------------------------------------------

function keysSentence(keys: readonly KeyPattern[]): string {
  if (keys.length === 0) return "May touch no key: only commands that name none.";
  const whole = keys.filter((key) => key.isRead && key.isWritten);
  const read = keys.filter((key) => key.isRead && !key.isWritten);
  const written = keys.filter((key) => !key.isRead && key.isWritten);
  const parts = [
    ...(whole.length > 0 ? [`read and write ${patternsPhrase("keys", whole)}`] : []),
    ...(read.length > 0 ? [`only read ${patternsPhrase("keys", read)}`] : []),
    ...(written.length > 0 ? [`only write ${patternsPhrase("keys", written)}`] : []),
  ];
  return `May ${joined(parts)}.`;
}

function patternsPhrase(noun: "keys" | "channels", keys: readonly { pattern: string }[]): string {
  return joined(keys.map((key) => patternPhrase(noun, key.pattern)));
}

/** ``app:*`` → ``keys that begin with “app:”``. */
export function patternPhrase(noun: "keys" | "channels", pattern: string): string {
  if (pattern === "*") return `all ${noun}`;
  const inside = pattern.replace(/^\*|\*$/g, "");
  if (/[*?[\]\\]/.test(inside)) return `${noun} that match “${pattern}”`;
  const isOpenBefore = pattern.startsWith("*");
  const isOpenBehind = pattern.endsWith("*");
  if (isOpenBefore && isOpenBehind) return inside === "" ? `all ${noun}` : `${noun} that contain “${inside}”`;
  if (isOpenBehind) return `${noun} that begin with “${inside}”`;
  if (isOpenBefore) return `${noun} that end with “${inside}”`;
  return `the ${noun === "keys" ? "key" : "channel"} “${pattern}”`;
}

function channelsSentence(channels: readonly string[] | undefined): string {
  if (channels === undefined) return "Channels are as the engine has them by default: none, from version 7 on.";
  if (channels.length === 0) return "May use no channel.";
  return `May publish to and subscribe to ${patternsPhrase("channels", channels.map(asPattern))}.`;
}

function asPattern(pattern: string): { pattern: string } {
  return { pattern };
}

export function databasesPhrase(databases: readonly number[]): string {
  return databases.length === 1 ? `database ${databases[0]}` : `databases ${joined(databases.map(String))}`;
}

function databasesSentence(databases: readonly number[]): string {
  return databases.length === 0 ? "May use no database." : `May use only ${databasesPhrase(databases)}.`;
}

// --- commands --------------------------------------------------------------------------------------

/** Ten names are read; of more, the first and how many there are. */
const NAME_COUNT_MAX = 10;

/**
 * ``["+@all", "-@dangerous", "+keys"]`` → ``all commands, but not dangerous commands, and yet KEYS``. Undefined where no
 * rule allows any. Which commands are in a category the engine knows, so rules are told in their order.
 */
export function commandsPhrase(rules: readonly string[]): string | undefined {
  const [first, ...others] = rules;
  const isAll = first === "+@all";
  const firstAllowed = others.findIndex((rule) => rule.startsWith("+"));
  if (!isAll && firstAllowed === -1) return undefined;
  // What is taken away from nothing says nothing.
  const groups = groupsOf(isAll ? others : others.slice(firstAllowed));
  const phrases = groups.map(({ sign, names }, place) => {
    if (!isAll && place === 0) return listed(names);
    return sign === "-" ? `, but not ${listed(names)}` : `, and yet ${listed(names)}`;
  });
  return `${isAll ? "all commands" : ""}${phrases.join("")}`;
}

/** Rules in their order, those of one sign that stand together in one group. */
function groupsOf(rules: readonly string[]): { sign: string; names: string[] }[] {
  const groups: { sign: string; names: string[] }[] = [];
  for (const rule of rules) {
    const sign = rule.charAt(0);
    const last = groups.at(-1);
    if (last?.sign === sign) last.names.push(rule.slice(1));
    else groups.push({ sign, names: [rule.slice(1)] });
  }
  return groups;
}

function listed(names: readonly string[]): string {
  if (names.length <= NAME_COUNT_MAX) return joined(names.map(commandPhrase));
  const shown = names.slice(0, NAME_COUNT_MAX - 1).map(commandPhrase);
  return joined([...shown, counted(names.length - shown.length, "other")]);
}

/** ``client|list`` → ``CLIENT LIST``, ``@read`` → ``commands that read``. */
export function commandPhrase(name: string): string {
  return name.startsWith("@") ? categoryPhrase(name.slice(1)) : name.replace("|", " ").toUpperCase();
}

function lowered(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
