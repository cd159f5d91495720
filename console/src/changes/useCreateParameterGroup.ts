import { type CacheParameterGroup, CreateCacheParameterGroupCommand } from "@aws-sdk/client-elasticache";
import { type Change, useChange } from "./useChange";

export interface NewParameterGroup {
  name: string;
  family: string;
  description: string;
}

/** Makes a group in which nothing is changed yet. */
export function useCreateParameterGroup(): Change<NewParameterGroup, CacheParameterGroup | undefined> {
  return useChange({
    ask: async ({ elasticache }, { name, family, description }, options) => {
      const command = new CreateCacheParameterGroupCommand({
        CacheParameterGroupName: name,
        CacheParameterGroupFamily: family,
        Description: description,
      });
      return (await elasticache.send(command, options)).CacheParameterGroup;
    },
    said: ({ name }) => `Parameter group ${name} has been made.`,
  });
}
