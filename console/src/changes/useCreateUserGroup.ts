import {
  CreateUserGroupCommand,
  type CreateUserGroupCommandInput,
  type CreateUserGroupCommandOutput,
} from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Makes a user group, which no cache has yet. */
export function useCreateUserGroup(): Change<CreateUserGroupCommandInput, CreateUserGroupCommandOutput> {
  return useChange({
    ask: ({ elasticache }, input, options) => elasticache.send(new CreateUserGroupCommand(input), options),
    said: ({ UserGroupId }) => `User group ${UserGroupId} has been made. Give it to a cache to let its users in.`,
  });
}
