/** The same call as a command of the AWS CLI, folded away until somebody wants it. */

import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { CodeBlock } from "./CodeBlock";

export function CliSection({ command, hasStars = false }: { command: string; hasStars?: boolean }) {
  return (
    <ExpandableSection headerText="The same with the AWS CLI">
      <SpaceBetween size="xs">
        {hasStars && <Box color="text-body-secondary">Put the secrets in place of the stars.</Box>}
        <CodeBlock text={command} label="the command" />
      </SpaceBetween>
    </ExpandableSection>
  );
}
