import { ListTagsForResourceCommand, type Tag } from "@aws-sdk/client-elasticache";
import { type Answered, useQuestion } from "./useQuestion";

/** The tags of whatever has this ARN. */
export function useTags(arn: string): Answered<Tag[]> {
  return useQuestion({
    key: ["ListTagsForResource", arn],
    ask: async ({ elasticache }, options) =>
      (await elasticache.send(new ListTagsForResourceCommand({ ResourceName: arn }), options)).TagList ?? [],
    isAsked: arn !== "",
  });
}
