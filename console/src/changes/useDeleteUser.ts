import { DeleteUserCommand, type DeleteUserCommandOutput } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Deletes a user, also out of its user groups; it is `deleting` until no engine has it. */
export function useDeleteUser(): Change<{ id: string }, DeleteUserCommandOutput> {
  return useChange({
    ask: ({ elasticache }, { id }, options) => elasticache.send(new DeleteUserCommand({ UserId: id }), options),
    said: ({ id }) => `User ${id} is deleted. Engines that have it forget it one after the other.`,
  });
}
