import type { ShardConfiguration, ShardConfigurationPreview } from "../elastane";
import { type Answered, useQuestion } from "./useQuestion";

/** What a resharding would do if it were asked for now; what the API would refuse, it refuses here already. */
export function useShardPreview(configuration: ShardConfiguration | undefined): Answered<ShardConfigurationPreview> {
  return useQuestion({
    key: ["PreviewShardConfiguration", configuration],
    ask: ({ elastane }, options) => {
      if (configuration === undefined) throw new Error("asked without a configuration");
      return elastane.previewShardConfiguration(configuration, options);
    },
    isAsked: configuration !== undefined,
  });
}
