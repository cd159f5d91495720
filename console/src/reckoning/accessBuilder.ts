/** Access strings for who does not know the rules yet: templates, and a string made from a few choices. */

export interface Choices {
  isOn: boolean;
  keys: "all" | "prefixes" | "none";
  prefixes: readonly string[];
  keyAccess: "read-write" | "read" | "write";
  commands: "all" | "all-but-dangerous" | "categories";
  categories: readonly string[];
  /** Where only categories are allowed: also what clients send before anything else. */
  greets: boolean;
  channels: "default" | "all" | "prefixes";
  channelPrefixes: readonly string[];
}

export const FIRST_CHOICES: Choices = {
  isOn: true,
  keys: "prefixes",
  prefixes: ["app:"],
  keyAccess: "read-write",
  commands: "all-but-dangerous",
  categories: ["read", "write"],
  greets: true,
  channels: "default",
  channelPrefixes: [],
};

/**
 * What client libraries send when they connect: AUTH, HELLO, PING, CLIENT SETINFO, SELECT; INFO to see whether the data
 * is loaded; and where the shards are. The dangerous ones of them, as CLIENT KILL, are taken away again.
 */
export const GREETING = ["+@connection", "-@dangerous", "+info", "+cluster|slots", "+cluster|nodes"] as const;

/** Undefined while a choice is not complete: `incomplete` says which. */
export function builtAccessString(choices: Choices): string | undefined {
  if (incomplete(choices) !== undefined) return undefined;
  return [choices.isOn ? "on" : "off", ...keyRules(choices), ...channelRules(choices), ...commandRules(choices)].join(
    " ",
  );
}

/** What is still to be chosen, in a sentence. */
export function incomplete(choices: Choices): string | undefined {
  const { keys, prefixes, commands, categories, channels, channelPrefixes } = choices;
  if (keys === "prefixes" && prefixes.length === 0) return "Name what the keys begin with.";
  if (channels === "prefixes" && channelPrefixes.length === 0) return "Name what the channels begin with.";
  if (commands === "categories" && categories.length === 0) return "Choose a category of commands.";
  return undefined;
}

function keyRules({ keys, prefixes, keyAccess }: Choices): string[] {
  if (keys === "none") return [];
  const sign = { "read-write": "~", read: "%R~", write: "%W~" }[keyAccess];
  return keys === "all" ? [`${sign}*`] : prefixes.map((prefix) => `${sign}${literally(prefix)}*`);
}

function channelRules({ channels, channelPrefixes }: Choices): string[] {
  if (channels === "default") return [];
  if (channels === "all") return ["&*"];
  return ["resetchannels", ...channelPrefixes.map((prefix) => `&${literally(prefix)}*`)];
}

function commandRules({ commands, categories, greets }: Choices): string[] {
  if (commands === "all") return ["+@all"];
  if (commands === "all-but-dangerous") return ["+@all", "-@dangerous"];
  return ["-@all", ...categories.map((name) => `+@${name}`), ...(greets ? GREETING : [])];
}

/** What is typed as a prefix means itself, also where a pattern means something by it. */
function literally(prefix: string): string {
  return prefix.replaceAll(/[\\*?[\]]/g, "\\$&");
}

/** The prefixes in a text that separates them by commas or spaces. */
export function prefixesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((prefix) => prefix !== ""))];
}

export interface Template {
  id: string;
  name: string;
  description: string;
  text: string;
}

const GREETED = GREETING.join(" ");

export const TEMPLATES: readonly Template[] = [
  {
    id: "full",
    name: "Full access",
    description: "All keys, channels and commands, but those that nobody may use here.",
    text: "on ~* &* +@all",
  },
  {
    id: "no-dangerous",
    name: "No dangerous commands",
    description: "Everything but what can lose data or keep everybody waiting.",
    text: "on ~* &* +@all -@dangerous",
  },
  {
    id: "application",
    name: "An application with a prefix",
    description: "Reads and writes keys that begin with app:, and nothing else.",
    text: "on ~app:* resetchannels &app:* +@all -@dangerous",
  },
  {
    id: "read-only",
    name: "Read only, with a prefix",
    description: "Reads keys that begin with app:.",
    text: `on %R~app:* -@all +@read ${GREETED}`,
  },
  {
    id: "pubsub",
    name: "Publish and subscribe only",
    description: "All channels, and no key.",
    text: `on resetkeys &* -@all +@pubsub ${GREETED}`,
  },
  { id: "off", name: "Nothing", description: "May not sign in. Later a rule can be added.", text: "off -@all" },
];
