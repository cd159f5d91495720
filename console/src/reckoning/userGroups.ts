/** Which users a user group may have, as the API will say, told while a person chooses. The API has the last word. */

import type { User } from "@aws-sdk/client-elasticache";
import { joined } from "../words/lists";
import { counted } from "../words/numbers";
import { newer } from "./accessStrings";
import { type UserEngine, vocabulary } from "./accessVocabulary";
import { DEFAULT_USER } from "./users";

export const USERS_PER_GROUP_MAX = 100;
/** Engines are given the tokens of each. */
const IAM_USERS_MAX = 32;

/** What is wrong with these users in one group; none where all is well. */
export function membersProblems(engine: UserEngine, members: readonly User[]): string[] {
  const problems = [...repeatedNames(members)];
  if (engine === "redis" && !members.some((user) => user.UserName === DEFAULT_USER)) {
    problems.push(
      "A user group of Redis OSS needs a user with the name default: whoever comes without a name is that user.",
    );
  }
  problems.push(...unfitProblems(engine, members));
  if (members.length > USERS_PER_GROUP_MAX) problems.push(`A user group has ${USERS_PER_GROUP_MAX} users at most.`);
  if (members.filter((user) => user.Authentication?.Type === "iam").length > IAM_USERS_MAX) {
    problems.push(`A user group has ${IAM_USERS_MAX} users of IAM at most.`);
  }
  return problems;
}

type Unfit = "deleting" | "of valkey" | "without password";

/** Why this one cannot be in such a group, in a sentence; undefined where it can. */
export function memberProblem(engine: UserEngine, user: User): string | undefined {
  const unfit = unfitOf(engine, user);
  return unfit && unfitSentence(unfit, [user.UserId ?? ""]);
}

function unfitOf(engine: UserEngine, user: User): Unfit | undefined {
  if (user.Status === "deleting") return "deleting";
  if (engine === "redis" && user.Engine !== "redis") return "of valkey";
  if (engine === "valkey" && user.Authentication?.Type === "no-password") return "without password";
  return undefined;
}

/** One sentence for all who are unfit for one reason. */
function unfitProblems(engine: UserEngine, members: readonly User[]): string[] {
  const idsOf = new Map<Unfit, string[]>();
  for (const user of members) {
    const unfit = unfitOf(engine, user);
    if (unfit !== undefined) idsOf.set(unfit, [...(idsOf.get(unfit) ?? []), user.UserId ?? ""]);
  }
  return [...idsOf].map(([unfit, ids]) => unfitSentence(unfit, ids));
}

function unfitSentence(unfit: Unfit, ids: readonly string[]): string {
  const [who, isOne] = [joined(ids), ids.length === 1];
  switch (unfit) {
    case "deleting":
      return `${who} ${isOne ? "is" : "are"} being deleted.`;
    case "of valkey":
      return `${who} ${isOne ? "is a user" : "are users"} of Valkey, and a user group of Redis OSS holds only users of Redis OSS.`;
    case "without password":
      return `${who} ${isOne ? "has" : "have"} no password, and a user group of Valkey holds only users who authenticate.`;
  }
}

function repeatedNames(members: readonly User[]): string[] {
  const idsOf = new Map<string, string[]>();
  for (const { UserName = "", UserId = "" } of members) idsOf.set(UserName, [...(idsOf.get(UserName) ?? []), UserId]);
  return [...idsOf].flatMap(([name, ids]) =>
    ids.length > 1 ? [`${joined(ids)} have one name, ${name}: a user group can have only one of them.`] : [],
  );
}

/** Whether somebody who comes without a name and a password is let in. */
export function letsInEverybody(members: readonly User[]): boolean {
  return members.some(
    (user) =>
      user.UserName === DEFAULT_USER &&
      user.Authentication?.Type === "no-password" &&
      user.AccessString?.split(" ")[0] === "on",
  );
}

/** The oldest engine version that understands all of them. */
export function neededVersion(engine: UserEngine, members: readonly User[]): string {
  return members.reduce(
    (needed, user) => newer(needed, user.MinimumEngineVersion ?? needed),
    vocabulary(engine).oldestVersion,
  );
}

export interface MembershipChange {
  added: string[];
  removed: string[];
}

export function membershipChange(before: readonly string[], after: readonly string[]): MembershipChange {
  return {
    added: after.filter((id) => !before.includes(id)),
    removed: before.filter((id) => !after.includes(id)),
  };
}

/** ``2 users come, 1 user goes``; empty where nothing changes. */
export function changeWords({ added, removed }: MembershipChange): string {
  return joined([
    ...(added.length > 0 ? [`${counted(added.length, "user")} come${added.length === 1 ? "s" : ""} in`] : []),
    ...(removed.length > 0 ? [`${counted(removed.length, "user")} go${removed.length === 1 ? "es" : ""} out`] : []),
  ]);
}
