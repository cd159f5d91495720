import {
  CreateUserCommand,
  type CreateUserCommandInput,
  type CreateUserCommandOutput,
} from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Makes a user; no engine knows it before it is in a user group that a cache has. */
export function useCreateUser(): Change<CreateUserCommandInput, CreateUserCommandOutput> {
  return useChange({
    ask: ({ elasticache }, input, options) => elasticache.send(new CreateUserCommand(input), options),
    said: ({ UserId }) => `User ${UserId} has been made. Caches let it in that have a user group with it.`,
  });
}
