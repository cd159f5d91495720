import { type CacheSubnetGroup, CreateCacheSubnetGroupCommand } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

export interface DesiredSubnetGroup {
  name: string;
  description: string;
  subnetIds: readonly string[];
}

export function useCreateSubnetGroup(): Change<DesiredSubnetGroup, CacheSubnetGroup | undefined> {
  return useChange({
    ask: async ({ elasticache }, { name, description, subnetIds }, options) => {
      const command = new CreateCacheSubnetGroupCommand({
        CacheSubnetGroupName: name,
        CacheSubnetGroupDescription: description,
        SubnetIds: [...subnetIds],
      });
      return (await elasticache.send(command, options)).CacheSubnetGroup;
    },
    said: ({ name }) => `Subnet group ${name} has been made.`,
  });
}
