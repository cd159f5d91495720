import { type CacheSubnetGroup, ModifyCacheSubnetGroupCommand } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";
import type { DesiredSubnetGroup } from "./useCreateSubnetGroup";

/** Gives a group another description and other subnets; the API refuses to take away what a node lives in. */
export function useModifySubnetGroup(): Change<DesiredSubnetGroup, CacheSubnetGroup | undefined> {
  return useChange({
    ask: async ({ elasticache }, { name, description, subnetIds }, options) => {
      const command = new ModifyCacheSubnetGroupCommand({
        CacheSubnetGroupName: name,
        CacheSubnetGroupDescription: description,
        SubnetIds: [...subnetIds],
      });
      return (await elasticache.send(command, options)).CacheSubnetGroup;
    },
    said: ({ name }) => `Subnet group ${name} has been changed.`,
  });
}
