/** For a cache that there is not: never was, as far as is known here, or deleted while it was looked at. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router-dom";
import type { Form } from "../../caches";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { useSignedIn } from "../../SignedIn";

export function NotThere({ id, form }: { id: string; form: Form }) {
  const { region } = useSignedIn();
  const other: Form = form === "replication-group" ? "cache-cluster" : "replication-group";
  const otherPath = other === "replication-group" ? paths.replicationGroup(id) : paths.cacheCluster(id);
  return (
    <SpaceBetween size="m">
      <Header variant="h1">{id}</Header>
      <Alert type="warning" header={`There is no ${wordsOf(form)} ${id} in ${region}`}>
        It may have been deleted, or be in another region, which is chosen at the top. There may be a{" "}
        <TextLink to={otherPath}>{`${wordsOf(other)} of this name`}</TextLink>.
      </Alert>
      <NextActs />
    </SpaceBetween>
  );
}

export function Deleted({ id, form }: { id: string; form: Form }) {
  return (
    <SpaceBetween size="m">
      <Header variant="h1">{id}</Header>
      <Alert type="info" header={`The ${wordsOf(form)} ${id} has been deleted`}>
        Its nodes have ended, and what they held is gone with them
        {form === "replication-group" && ", but for a primary that was kept as a cache cluster"}.{" "}
        <TextLink to={paths.events()}>Events</TextLink> tell when.
      </Alert>
      <NextActs />
    </SpaceBetween>
  );
}

function NextActs() {
  const navigate = useNavigate();
  return (
    <Box>
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="primary" onClick={() => navigate(paths.caches())}>
          All caches
        </Button>
        <Button onClick={() => navigate(paths.createCache())}>Create a cache</Button>
      </SpaceBetween>
    </Box>
  );
}

function wordsOf(form: Form): string {
  return form.replace("-", " ");
}
