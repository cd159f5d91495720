import { DeleteCacheParameterGroupCommand } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Deletes a group by its name; the API refuses it while a cache uses it. */
export function useDeleteParameterGroup(): Change<string, boolean> {
  return useChange({
    ask: async ({ elasticache }, name, options) => {
      await elasticache.send(new DeleteCacheParameterGroupCommand({ CacheParameterGroupName: name }), options);
      return true;
    },
    said: (name) => `Parameter group ${name} has been deleted.`,
  });
}
