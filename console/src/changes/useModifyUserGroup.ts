import {
  ModifyUserGroupCommand,
  type ModifyUserGroupCommandInput,
  type ModifyUserGroupCommandOutput,
} from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Changes who is in a user group; it is `modifying` until every engine of its caches has followed. */
export function useModifyUserGroup(): Change<ModifyUserGroupCommandInput, ModifyUserGroupCommandOutput> {
  return useChange({
    ask: ({ elasticache }, input, options) => elasticache.send(new ModifyUserGroupCommand(input), options),
    said: ({ UserGroupId }, { Status }) =>
      Status === "active"
        ? `User group ${UserGroupId} has been changed.`
        : `User group ${UserGroupId} is being changed in every engine that has it.`,
  });
}
