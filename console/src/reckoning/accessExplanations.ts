/**
 * Each rule of an access string in a sentence of its own, with what is wrong with it, and with what the rules behind it
 * make of it. Pure: the editor shows it while a person types.
 */

import { categoryHint } from "../words/categories";
import {
  type Access,
  AccessStringError,
  commandVersion,
  isPassword,
  minimumVersion,
  NO_ACCESS,
  NOTHING,
  type Permissions,
  parseAccessString,
  type Rule,
  refuseUnknown,
  renderAccessString,
  renderPermissions,
  rulesOf,
  withPermission,
  withRule,
} from "./accessStrings";
import { commandPhrase, databasesPhrase, patternPhrase, summaryOf } from "./accessSummary";
import { compareVersions, type UserEngine, type Vocabulary, vocabulary } from "./accessVocabulary";

export interface ExplainedRule {
  /** As it was written; of what may be a password, its sign and stars. */
  text: string;
  sentence: string;
  /** Why the API refuses it. */
  problem?: string;
  /** What others make of it: that it is so already, or what takes its place. */
  note?: string;
  /** The engine version that it needs, where that is newer than the oldest with users. */
  version?: string;
  /** Of a selector. */
  inner?: ExplainedRule[];
}

export interface ExplainedAccess {
  rules: ExplainedRule[];
  /** The API's own sentence for what is refused; absent where all is well. */
  problem?: string;
  /** Absent where it is refused. */
  normalForm?: string;
  minimumVersion?: string;
  /** Of the rules that are good. */
  summary: string[];
}

export function explainAccessString(text: string, engine: UserEngine): ExplainedAccess {
  const words = vocabulary(engine);
  let rules: Rule[];
  try {
    rules = rulesOf(text);
  } catch (error) {
    return { rules: [], problem: sentenceOf(error), summary: [] };
  }
  const explained = explainAll(rules, NO_ACCESS, rootReading(words), (rule) => explainRule(rule, words));
  const result: ExplainedAccess = { rules: explained.rules, summary: summaryOf(explained.end) };
  try {
    const access = parseAccessString(text, words);
    return { ...result, normalForm: renderAccessString(access), minimumVersion: minimumVersion(access, words) };
  } catch (error) {
    return { ...result, problem: sentenceOf(error) };
  }
}

// --- rules one after the other ---------------------------------------------------------------------

interface Reading<State, Read> {
  /** Throws for a rule that is refused. */
  step: (state: State, rule: Read) => State;
  render: (state: State) => string;
}

function rootReading(words: Vocabulary): Reading<Access, Rule> {
  const step = (state: Access, rule: Rule): Access => {
    const after = withRule(state, rule);
    for (const each of rule.inner ?? [rule.text]) refuseUnknown(each, words);
    return after;
  };
  return { step, render: renderAccessString };
}

function selectorReading(words: Vocabulary): Reading<Permissions, string> {
  const step = (state: Permissions, rule: string): Permissions => {
    refuseUnknown(rule, words);
    return withPermission(state, rule);
  };
  return { step, render: (state) => renderPermissions(state).join(" ") };
}

function explainAll<State, Read>(
  rules: readonly Read[],
  start: State,
  reading: Reading<State, Read>,
  explain: (rule: Read) => ExplainedRule,
): { rules: ExplainedRule[]; end: State } {
  const problems: (string | undefined)[] = [];
  const good: number[] = [];
  let state = start;
  for (const [place, rule] of rules.entries()) {
    try {
      state = reading.step(state, rule);
      good.push(place);
      problems.push(undefined);
    } catch (error) {
      problems.push(sentenceOf(error));
    }
  }
  const explained = rules.map(explain);
  const notes = notesOf(
    good.map((place) => rules[place] as Read),
    start,
    reading,
  );
  for (const [at, place] of good.entries()) {
    const rule = explained[place];
    if (rule !== undefined) rule.note = noteOf(rule, notes[at], (other) => explained[good[other] ?? 0]);
  }
  for (const [place, problem] of problems.entries()) {
    const rule = explained[place];
    if (rule !== undefined && problem !== undefined) rule.problem = rule.problem ?? withoutRule(problem, rule.text);
  }
  return { rules: explained, end: state };
}

/** With these a list begins, also where nothing is in it yet: people write them so that others see it. */
const BEGINNINGS = new Set(["off", "-@all", "nocommands", "resetkeys", "resetchannels"]);

function noteOf(
  rule: ExplainedRule,
  found: number | "same" | undefined,
  ruleAt: (place: number) => ExplainedRule | undefined,
): string | undefined {
  if (found === undefined) return undefined;
  if (found !== "same") {
    const other = ruleAt(found)?.text ?? "";
    // A first channel begins their list in any case: a channel behind a beginning adds to it, and overrules nothing.
    if (rule.text.toLowerCase() === "resetchannels" && /^&(?!\*$)/.test(other)) return undefined;
    return `Has no effect: ${other} behind it overrules it.`;
  }
  return BEGINNINGS.has(rule.text.toLowerCase()) ? undefined : "It is so already.";
}

/** For more, no notes: each rule is left out once to see what becomes of the others. */
const NOTED_COUNT_MAX = 150;

/**
 * What becomes of each rule: ``same`` where nothing changes with it, or the place of the first rule behind it that makes
 * it of no effect, that is with which all comes to the same as without it.
 */
function notesOf<State, Read>(
  rules: readonly Read[],
  start: State,
  { step, render }: Reading<State, Read>,
): (number | "same" | undefined)[] {
  if (rules.length > NOTED_COUNT_MAX) return [];
  const states = [start];
  for (const rule of rules) states.push(step(states.at(-1) as State, rule));
  const texts = states.map(render);
  return rules.map((_, place) => {
    if (texts[place] === texts[place + 1]) return "same";
    let without = states[place] as State;
    for (let at = place + 1; at < rules.length; at += 1) {
      try {
        without = step(without, rules[at] as Read);
      } catch {
        return undefined; // a rule behind it needs it
      }
      // Where the other says nothing new, the two say the same, and the second has its note.
      if (render(without) === texts[at + 1]) return texts[at] === texts[at + 1] ? undefined : at;
    }
    return undefined;
  });
}

function sentenceOf(error: unknown): string {
  if (error instanceof AccessStringError) return error.message;
  throw error;
}

/** Beside the rule itself its name need not be said again. */
function withoutRule(problem: string, rule: string): string {
  const rest = problem.startsWith(`${rule}: `) ? problem.slice(rule.length + 2) : problem;
  return capitalized(rest);
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

// --- one rule --------------------------------------------------------------------------------------

function explainRule(rule: Rule, words: Vocabulary): ExplainedRule {
  if (rule.inner === undefined && rule.problem === undefined) return explainWord(rule.text, words);
  const inner = explainAll(rule.inner ?? [], NOTHING, selectorReading(words), (text) => explainWord(text, words));
  return {
    text: withStars(rule.text),
    sentence: "A selector: rights of its own, beside the others. What one set of rights allows as a whole is allowed.",
    problem: selectorProblem(rule, inner.rules),
    version: versionOf(rule, words),
    inner: inner.rules,
  };
}

function selectorProblem(rule: Rule, inner: readonly ExplainedRule[]): string | undefined {
  if (rule.problem !== undefined) return capitalized(withStars(rule.problem));
  return inner.some((each) => each.problem !== undefined) ? "A rule inside is refused." : undefined;
}

/** With stars in place of what may be passwords. */
function withStars(text: string): string {
  return text.replaceAll(/(^|[ (])([><#!])[^ )]+/g, "$1$2********");
}

function explainWord(rule: string, words: Vocabulary): ExplainedRule {
  if (isPassword(rule)) return { text: `${rule.charAt(0)}********`, sentence: "A password, or its digest." };
  return { text: rule, sentence: sentenceFor(rule, words), version: versionOf({ text: rule }, words) };
}

const WORDS: Readonly<Record<string, string>> = {
  on: "May sign in.",
  off: "May not sign in.",
  allkeys: "Allows reading and writing all keys.",
  resetkeys: "Takes away all keys: a new list of them begins.",
  allchannels: "Allows publishing to and subscribing to all channels.",
  resetchannels: "Takes away all channels: a new list of them begins.",
  alldbs: "Allows all databases.",
  resetdbs: "Takes away all databases: a new list of them begins.",
  allcommands: "Allows all commands, but those that nobody may use here.",
  nocommands: "Takes away all commands: what is allowed begins anew.",
  clearselectors: "Takes away the selectors before it.",
  "sanitize-payload": "Changes nothing: it is so anyway.",
};

const SAME_AS: Readonly<Record<string, string>> = {
  "+@all": "allcommands",
  "-@all": "nocommands",
  "~*": "allkeys",
  "%rw~*": "allkeys",
  "&*": "allchannels",
};

function sentenceFor(rule: string, words: Vocabulary): string {
  const word = rule.toLowerCase();
  const known = WORDS[SAME_AS[word] ?? word];
  if (known !== undefined) return known;
  const key = /^(?:~|%(r|w|rw|wr)~)(.+)$/is.exec(rule);
  if (key !== null) return `Allows ${VERBS[(key[1] ?? "rw").toLowerCase()]} ${patternPhrase("keys", key[2] ?? "")}.`;
  if (/^&./.test(rule)) return `Allows publishing to and subscribing to ${patternPhrase("channels", rule.slice(1))}.`;
  const databases = /^db=([0-9,]+)$/.exec(word)?.[1];
  if (databases !== undefined) return `Allows ${databasesPhrase(databases.split(",").map(Number))}, and no other.`;
  if (/^[+-]@./.test(word)) return categorySentence(word);
  if (/^[+-]./.test(word)) return commandSentence(word, words);
  return "Not a rule.";
}

const VERBS: Readonly<Record<string, string>> = {
  r: "only reading",
  w: "only writing",
  rw: "reading and writing",
  wr: "reading and writing",
};

function categorySentence(rule: string): string {
  const phrase = commandPhrase(rule.slice(1));
  const hint = categoryHint(rule.slice(2));
  const said = rule.startsWith("+")
    ? `Allows ${phrase}.`
    : `Takes away ${phrase}, also those that rules before it allow.`;
  return hint === "" ? said : `${said} ${hint}`;
}

function commandSentence(rule: string, words: Vocabulary): string {
  const name = rule.slice(1);
  const hasParts = [...words.commands.keys()].some((each) => each.startsWith(`${name}|`));
  const phrase = hasParts ? `${commandPhrase(name)} with its subcommands` : commandPhrase(name);
  return rule.startsWith("+") ? `Allows ${phrase}.` : `Takes away ${phrase}.`;
}

/** Undefined where every engine with users has it. */
function versionOf(rule: Rule, words: Vocabulary): string | undefined {
  try {
    const alone = withRule(NO_ACCESS, rule);
    // A rule that begins a list anew leaves nothing to be seen but itself.
    const version = /^[+-][^@]/.test(rule.text)
      ? commandVersion(rule.text.toLowerCase(), words)
      : minimumVersion(alone, words);
    return compareVersions(version, words.oldestVersion) > 0 ? version : undefined;
  } catch {
    return undefined;
  }
}
