/** For an installation without a cache: what to do first, in the console or in a terminal. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { CodeBlock } from "../../parts/CodeBlock";
import { useFollow } from "../../parts/useFollow";
import { href, paths } from "../../paths";
import { useSignedIn } from "../../SignedIn";

/** With the region of this page: a shell's own may be another one, and then nothing would appear here. */
function createIn(region: string): string {
  return `aws elasticache create-replication-group --region ${region} \\
    --replication-group-id my-cache --replication-group-description "My first cache" \\
    --engine valkey --cache-node-type cache.t3.micro --num-cache-clusters 2 \\
    --automatic-failover-enabled
aws elasticache wait replication-group-available --region ${region} --replication-group-id my-cache`;
}

const PAGES: readonly { file: string; about: string }[] = [
  { file: "docs/tutorial.md", about: "from nothing to a cache that survives the loss of its primary" },
  { file: "docs/how-to/point-aws-tools.md", about: "boto3, Terraform and others of AWS's tools" },
  { file: "docs/how-to/let-users-in.md", about: "users, passwords and what each may do" },
  { file: "docs/how-to/break-it.md", about: "see a failover before you need one" },
];

export function FirstSteps() {
  const follow = useFollow();
  const { region } = useSignedIn();
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="There is no cache in this region yet. A cache takes some seconds to be there."
        >
          First steps
        </Header>
      }
    >
      <SpaceBetween size="l">
        <section>
          <Box variant="h3">Here</Box>
          <Box padding={{ bottom: "s" }}>
            Choose an engine, how many replicas, and who may sign in; there are presets for a demonstration, for
            development and for production.
          </Box>
          <Button href={href(paths.createCache())} onFollow={follow}>
            Create a cache
          </Button>
        </section>
        <section>
          <Box variant="h3">In a terminal on this machine</Box>
          <SpaceBetween size="s">
            <Box>Lead AWS's own tools here:</Box>
            <CodeBlock text={'eval "$(elastane env)"'} label="the command that leads AWS's tools here" />
            <Box>Then they are used as ever:</Box>
            <CodeBlock text={createIn(region)} label="the commands that create a cache" />
          </SpaceBetween>
        </section>
        <section>
          <Box variant="h3">To read</Box>
          <ul>
            {PAGES.map(({ file, about }) => (
              <li key={file}>
                <Box variant="code">{file}</Box>: {about}
              </li>
            ))}
          </ul>
        </section>
      </SpaceBetween>
    </Container>
  );
}
