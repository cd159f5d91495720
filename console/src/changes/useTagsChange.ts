import { AddTagsToResourceCommand, RemoveTagsFromResourceCommand } from "@aws-sdk/client-elasticache";
import { counted } from "../words/numbers";
import { type Change, useChange } from "./useChange";

export interface TagsChange {
  arn: string;
  /** New ones, and new values of those there are. */
  set: Record<string, string>;
  removed: readonly string[];
}

/** Two calls where both are wanted. What is to go goes first, so that the limit of fifty is not in the way. */
export function useTagsChange(): Change<TagsChange, boolean> {
  return useChange<TagsChange, boolean>({
    ask: async ({ elasticache }, { arn, set, removed }, options) => {
      if (removed.length > 0) {
        await elasticache.send(
          new RemoveTagsFromResourceCommand({ ResourceName: arn, TagKeys: [...removed] }),
          options,
        );
      }
      const tags = Object.entries(set).map(([Key, Value]) => ({ Key, Value }));
      if (tags.length > 0) {
        await elasticache.send(new AddTagsToResourceCommand({ ResourceName: arn, Tags: tags }), options);
      }
      return true;
    },
    said: ({ set, removed }) => {
      const count = Object.keys(set).length;
      const parts = [
        count > 0 ? `${counted(count, "tag")} set` : "",
        removed.length > 0 ? `${counted(removed.length, "tag")} removed` : "",
      ];
      return `${parts.filter(Boolean).join(", ")}.`;
    },
  });
}
