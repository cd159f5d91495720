import { expect, test } from "vitest";
import { faultOf } from "./elastane";
import { refusalOf } from "./refusals";

test("a fault is known by its shape's name and its sentence", () => {
  const fault = faultOf('{"__type": "com.elastane#ResourceNotFoundFault", "message": "There is none."}', 404);

  expect(fault).toMatchObject({ name: "ResourceNotFoundFault", message: "There is none.", status: 404 });
});

test("what a proxy answers in its own name is still told by its status", () => {
  expect(refusalOf(faultOf("<html>Bad Gateway</html>", 502)).kind).toBe("away");
  expect(refusalOf(faultOf("", 500))).toMatchObject({ kind: "broken", code: "InternalFailure" });
});
