import { DeleteCacheSubnetGroupCommand } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

/** Deletes a group by its name; the API refuses it while a cache uses it. */
export function useDeleteSubnetGroup(): Change<string, boolean> {
  return useChange({
    ask: async ({ elasticache }, name, options) => {
      await elasticache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: name }), options);
      return true;
    },
    said: (name) => `Subnet group ${name} has been deleted.`,
  });
}
