import {
  ModifyUserCommand,
  type ModifyUserCommandInput,
  type ModifyUserCommandOutput,
} from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Changes what a user may do, or how it signs in; it is `modifying` until every engine has followed. */
export function useModifyUser(): Change<ModifyUserCommandInput, ModifyUserCommandOutput> {
  return useChange({
    ask: ({ elasticache }, input, options) => elasticache.send(new ModifyUserCommand(input), options),
    said: ({ UserId }, { Status }) =>
      Status === "active"
        ? `User ${UserId} has been changed.`
        : `User ${UserId} is being changed in every engine that has it.`,
  });
}
