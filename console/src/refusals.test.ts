import { describe, expect, test } from "vitest";
import { ElastaneFault } from "./elastane";
import { refusalOf } from "./refusals";

function fault(name: string, status: number, message = "What the API says.") {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

describe("a code of the API tells what kind of refusal it is", () => {
  test.each([
    ["InvalidClientTokenId", 403, "signed-out"],
    ["SignatureDoesNotMatch", 403, "signed-out"],
    ["ExpiredTokenException", 400, "signed-out"],
    ["AccessDenied", 403, "denied"],
    ["UnauthorizedOperation", 403, "denied"],
    ["AccessDeniedException", 400, "denied"],
    ["Throttling", 400, "busy"],
    ["ServiceUnavailable", 503, "busy"],
    ["SomethingElse", 503, "busy"],
    ["NotImplemented", 501, "not-built"],
    ["UnknownOperationException", 404, "not-built"],
    ["InternalFailure", 500, "broken"],
    ["SomethingElse", 505, "broken"],
    ["ReplicationGroupNotFoundFault", 404, "not-found"],
    ["UserNotFound", 404, "not-found"],
    ["InvalidParameterValue", 400, "refused"],
    ["SomethingElse", 400, "refused"],
  ])("%s with %i is %s", (name, status, kind) => {
    const refusal = refusalOf(fault(name, status));

    expect(refusal).toMatchObject({ kind, code: name, sentence: "What the API says." });
    expect(refusal.title).not.toBe("");
    expect(refusal.nextAct).toMatch(/[.]$/);
  });
});

test("the code on the wire counts, not the name that the SDK gave it", () => {
  expect(refusalOf({ ...fault("CacheClusterNotFoundFault", 404), Code: "CacheClusterNotFound" }).code).toBe(
    "CacheClusterNotFound",
  );
});

test("a fault of Elastane's own service is told like AWS's", () => {
  expect(refusalOf(new ElastaneFault("AccessDeniedException", "Not you.", 403))).toMatchObject({
    kind: "denied",
    code: "AccessDeniedException",
    sentence: "Not you.",
  });
});

test("an answer without a sentence is given one", () => {
  expect(refusalOf(fault("SomethingElse", 418, "")).sentence).toBe("The API answered 418 and said nothing more.");
});

test("who cannot be reached is away, and no code is made up", () => {
  const refusal = refusalOf(new TypeError("Failed to fetch"));

  expect(refusal).toMatchObject({ kind: "away", title: "Elastane does not answer" });
  expect(refusal.code).toBeUndefined();
});

test("an answer that comes too late is told as such, for the change may have been made", () => {
  const late = new DOMException("signal timed out", "TimeoutError");
  const stopped = Object.assign(new Error("Request aborted", { cause: late }), { name: "AbortError" });

  for (const error of [late, stopped]) {
    expect(refusalOf(error)).toMatchObject({ kind: "away", title: "No answer in time" });
    expect(refusalOf(error).sentence).toContain("may have been done");
  }
});

test.each([502, 504])("a proxy that answers %i cannot reach Elastane either", (status) => {
  expect(refusalOf(fault("SomethingElse", status)).kind).toBe("away");
});

test("a mistake of the console's own is not told as Elastane's absence", () => {
  expect(refusalOf(new Error("The list has more than 500 pages."))).toMatchObject({
    kind: "broken",
    sentence: "The list has more than 500 pages.",
  });
  for (const error of [undefined, null, "text", 7, {}]) expect(refusalOf(error).kind).toBe("broken");
});
