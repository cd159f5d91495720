/** A user as it stands in the form: what is wrong with it, and which call of the API it makes. Pure. */

import type { CreateUserCommandInput, ModifyUserCommandInput, User } from "@aws-sdk/client-elasticache";
import { explainAccessString } from "../../reckoning/accessExplanations";
import type { UserEngine } from "../../reckoning/accessVocabulary";
import {
  type AuthenticationType,
  authenticationProblem,
  idProblem,
  nameProblem,
  passwordsProblem,
} from "../../reckoning/users";

export interface Draft {
  id: string;
  /** Undefined: the same as the id, as most people want it. */
  name: string | undefined;
  engine: UserEngine;
  /** ``kept``: as it is; only for a user that there is. */
  authentication: AuthenticationType | "kept";
  /** One or two; only while they are typed. */
  passwords: readonly string[];
  accessString: string;
}

export const FIRST_DRAFT: Draft = {
  id: "",
  name: undefined,
  engine: "valkey",
  authentication: "password",
  passwords: [""],
  accessString: "on ~app:* &app:* +@all -@dangerous",
};

export function draftOf(user: User): Draft {
  return {
    id: user.UserId ?? "",
    name: user.UserName ?? "",
    engine: user.Engine === "redis" ? "redis" : "valkey",
    authentication: "kept",
    passwords: [""],
    accessString: user.AccessString ?? "",
  };
}

export function nameOf(draft: Draft): string {
  return draft.name ?? draft.id.toLowerCase();
}

export interface Problems {
  id?: string;
  name?: string;
  authentication?: string;
  passwords?: string;
  accessString?: string;
}

/** `current` is how a user that there is signs in now. */
export function problemsOf(draft: Draft, current?: AuthenticationType): Problems {
  const authentication = draft.authentication === "kept" ? current : draft.authentication;
  const problems: Problems = {
    id: idProblem(draft.id),
    name: nameProblem(nameOf(draft)),
    authentication: authentication && authenticationProblem(draft.engine, authentication, draft.id, nameOf(draft)),
    passwords: draft.authentication === "password" ? passwordsProblem(draft.passwords) : undefined,
    accessString: accessProblem(draft),
  };
  return problems;
}

export function isGood(problems: Problems): boolean {
  return Object.values(problems).every((problem) => problem === undefined);
}

function accessProblem(draft: Draft): string | undefined {
  // The API takes an empty one for one that is not there.
  if (draft.accessString.trim() === "") return "An access string is needed. One that allows nothing is off -@all.";
  return explainAccessString(draft.accessString, draft.engine).problem;
}

export function creationInput(draft: Draft): CreateUserCommandInput {
  return {
    UserId: draft.id,
    UserName: nameOf(draft),
    Engine: draft.engine,
    AccessString: draft.accessString.trim(),
    AuthenticationMode: authenticationMode(draft),
  };
}

/** Only what differs; undefined where nothing does. */
export function modificationInput(user: User, draft: Draft): ModifyUserCommandInput | undefined {
  const input: ModifyUserCommandInput = { UserId: draft.id };
  if (draft.accessString.trim() !== user.AccessString) input.AccessString = draft.accessString.trim();
  if (draft.engine !== user.Engine) input.Engine = draft.engine;
  if (draft.authentication !== "kept") input.AuthenticationMode = authenticationMode(draft);
  return Object.keys(input).length === 1 ? undefined : input;
}

/** What is asked for is spelled otherwise than what is answered. */
function authenticationMode(draft: Draft): CreateUserCommandInput["AuthenticationMode"] {
  switch (draft.authentication) {
    case "password":
      return { Type: "password", Passwords: [...draft.passwords] };
    case "no-password":
      return { Type: "no-password-required" };
    case "iam":
      return { Type: "iam" };
    case "kept":
      return undefined;
  }
}
