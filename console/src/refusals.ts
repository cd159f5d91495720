/** What went wrong, in a sentence, and what to do next. Every red thing on a page comes from here. */

export type RefusalKind = "away" | "signed-out" | "denied" | "busy" | "not-built" | "not-found" | "refused" | "broken";

export interface Refusal {
  kind: RefusalKind;
  /** AWS's code, where the API has answered. */
  code?: string;
  title: string;
  /** The API's own sentence, where there is one. */
  sentence: string;
  /** What a person can do about it. */
  nextAct: string;
}

/** Codes by which the API says that it does not know, or no longer knows, who signs. */
const SIGNED_OUT = new Set([
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "InvalidSignatureException",
  "IncompleteSignature",
  "IncompleteSignatureException",
  "MissingAuthenticationToken",
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
]);
const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "AuthorizationError",
  "AuthorizationErrorException",
  "UnauthorizedOperation",
]);
const BUSY = new Set(["Throttling", "ThrottlingException", "ServiceUnavailable", "ServiceUnavailableException"]);
const NOT_BUILT = new Set(["NotImplemented", "NotImplementedException", "UnknownOperationException", "InvalidAction"]);
const BROKEN = new Set(["InternalFailure", "InternalServiceError", "InternalServiceFault"]);

interface Thrown {
  name?: string;
  Code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  status?: number;
  cause?: { name?: string };
}

export function refusalOf(error: unknown): Refusal {
  const thrown = (error ?? {}) as Thrown;
  const status = thrown.$metadata?.httpStatusCode ?? thrown.status;
  // Elastane answers neither 502 nor 504: a proxy in front of it does, which cannot reach it.
  if (status === 502 || status === 504 || (status === undefined && isOfTheWay(thrown))) return away(thrown);
  if (status === undefined) {
    return {
      kind: "broken",
      title: "The console made a mistake",
      sentence: thrown.message || String(error),
      nextAct: "Load the page anew. Caches and the API are not touched by it.",
    };
  }
  const code = thrown.Code ?? thrown.name ?? "Unknown";
  const sentence = thrown.message || `The API answered ${status} and said nothing more.`;
  const told = (kind: RefusalKind, title: string, nextAct: string): Refusal => ({
    kind,
    code,
    title,
    sentence,
    nextAct,
  });
  if (SIGNED_OUT.has(code)) {
    return told(
      "signed-out",
      "This access key is not accepted",
      "Sign in with a key that is: `elastane keys list` shows those there are.",
    );
  }
  if (DENIED.has(code)) {
    return told(
      "denied",
      "Not allowed",
      "Ask whoever runs this Elastane for a key whose policy allows it, or sign in with another one.",
    );
  }
  if (NOT_BUILT.has(code)) {
    return told("not-built", "Not in this version", "docs/parity.toml lists what is built, and why the rest is not.");
  }
  if (BUSY.has(code) || status === 503) {
    return told("busy", "Not possible at the moment", "Nothing is lost by trying again in a moment.");
  }
  if (BROKEN.has(code) || status >= 500) {
    return told("broken", "Elastane made a mistake", "The operator's log has the reason. Trying again does no harm.");
  }
  if (/NotFound/.test(code)) {
    return told(
      "not-found",
      "Not there",
      "It may have been deleted meanwhile, or be in another region: look at the list.",
    );
  }
  return told("refused", "Refused", "Change what the sentence names, then try again.");
}

/** A browser's `fetch` raises a TypeError whatever kept it from the server, and an AbortError where it was stopped. */
function isOfTheWay(thrown: Thrown): boolean {
  return thrown.name === "TypeError" || thrown.name === "AbortError" || isLateAnswer(thrown);
}

/** The SDK tells of a deadline as of any call that was stopped, with the deadline as its cause. */
function isLateAnswer(thrown: Thrown): boolean {
  return thrown.name === "TimeoutError" || thrown.cause?.name === "TimeoutError";
}

function away(thrown: Thrown): Refusal {
  const isLate = isLateAnswer(thrown);
  return {
    kind: "away",
    title: isLate ? "No answer in time" : "Elastane does not answer",
    sentence: isLate
      ? "The API took the request and has not answered it in time. What was asked for may have been done."
      : "The API cannot be reached from this browser. Caches go on serving while the control plane is away.",
    nextAct:
      "What a page shows is asked for again by itself; what was to be done is not. On its machine `elastane status` tells whether Elastane runs, and `elastane serve` starts it.",
  };
}
