import { DeleteUserGroupCommand, type DeleteUserGroupCommandOutput } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Deletes a user group that no cache has. Its users stay. */
export function useDeleteUserGroup(): Change<{ id: string }, DeleteUserGroupCommandOutput> {
  return useChange({
    ask: ({ elasticache }, { id }, options) =>
      elasticache.send(new DeleteUserGroupCommand({ UserGroupId: id }), options),
    said: ({ id }) => `User group ${id} is deleted. Its users are still there.`,
  });
}
