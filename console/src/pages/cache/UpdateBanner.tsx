/** Tells of a service update that this cache has not yet. Dismissed, it is back when the page is loaded anew, as on AWS. */

import type { UpdateAction } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { type Cache, isMemcached, pathOf } from "../../caches";
import { useUpdateActionChange } from "../../changes/useUpdateActionChange";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { TextLink } from "../../parts/TextLink";
import { useUpdateActions } from "../../questions/useUpdateActions";
import { applicable } from "../../reckoning/updateStatus";
import { moment } from "../../words/times";

export function UpdateBanner({ cache }: { cache: Cache }) {
  const { answer = [] } = useUpdateActions({ caches: [cache] });
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const offered = applicable(answer).filter(({ ServiceUpdateName: name = "" }) => !dismissed.has(name));
  if (offered.length === 0) return null;
  return (
    <SpaceBetween size="s">
      {offered.map((action) => (
        <Offer
          key={action.ServiceUpdateName}
          cache={cache}
          action={action}
          onDismiss={() => setDismissed(new Set([...dismissed, action.ServiceUpdateName ?? ""]))}
        />
      ))}
    </SpaceBetween>
  );
}

interface OfferProps {
  cache: Cache;
  action: UpdateAction;
  onDismiss: () => void;
}

function Offer({ cache, action, onDismiss }: OfferProps) {
  const { change, isPending, outcomes } = useUpdateActionChange();
  const name = action.ServiceUpdateName ?? "";
  const by = action.ServiceUpdateRecommendedApplyByDate;
  const apply = () => void change([{ verb: "apply", form: cache.form, cacheId: cache.id, updateName: name }]);
  return (
    <Alert
      type="info"
      header={`Service update ${name} is for this cache`}
      dismissible
      dismissAriaLabel={`Dismiss ${name}`}
      onDismiss={onDismiss}
      action={
        <Button loading={isPending} onClick={apply}>
          Apply now
        </Button>
      }
    >
      <SpaceBetween size="xs">
        <Box>
          {`Severity ${action.ServiceUpdateSeverity ?? "not told"}`}
          {by !== undefined && `, recommended by ${moment(by)}`}
          {isMemcached(cache)
            ? ". Nodes are replaced in batches, and come back empty. "
            : ". Nodes are replaced one at a time, replicas first; no acknowledged write is lost. "}
          <TextLink to={pathOf(cache, "maintenance")}>Maintenance</TextLink> tells more.
        </Box>
        <RefusalAlert refusal={outcomes[0]?.refusal} />
      </SpaceBetween>
    </Alert>
  );
}
