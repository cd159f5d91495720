/** For an address that the console does not have. */

import Box from "@cloudscape-design/components/box";
import { Page } from "../parts/Page";
import { TextLink } from "../parts/TextLink";
import { paths } from "../paths";

export default function NotFound() {
  return (
    <Page title="Not found">
      <Box variant="h1">There is no such page</Box>
      <Box margin={{ top: "s" }}>
        <TextLink to={paths.caches()}>All caches</TextLink> is where most ways begin.
      </Box>
    </Page>
  );
}
