/** The service updates that are for this cache: newer patches of the version it runs. */

import type { UpdateAction } from "@aws-sdk/client-elasticache";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { type Cache, isMemcached } from "../../../caches";
import { useUpdateActionChange } from "../../../changes/useUpdateActionChange";
import { Empty } from "../../../parts/ListTable";
import { RefusalAlert } from "../../../parts/RefusalAlert";
import { StatusWord } from "../../../parts/StatusWord";
import { TextLink } from "../../../parts/TextLink";
import { paths } from "../../../paths";
import { useUpdateActions } from "../../../questions/useUpdateActions";
import { canBeApplied, canBeStopped } from "../../../reckoning/updateActions";
import { moment } from "../../../words/times";

export function CacheUpdates({ cache }: { cache: Cache }) {
  const { answer, refusal, isWaiting, askAgain } = useUpdateActions({ caches: [cache] });
  const changing = useUpdateActionChange();
  const change = (action: UpdateAction, verb: "apply" | "stop") =>
    changing.change([{ verb, form: cache.form, cacheId: cache.id, updateName: action.ServiceUpdateName ?? "" }]);
  return (
    <SpaceBetween size="s">
      <RefusalAlert refusal={refusal} onRetry={askAgain} />
      <RefusalAlert refusal={changing.outcomes[0]?.refusal} />
      <Table
        wrapLines
        loading={isWaiting}
        loadingText="Asking for service updates"
        ariaLabels={{ tableLabel: "service updates" }}
        items={answer ?? []}
        trackBy={(action) => action.ServiceUpdateName ?? ""}
        header={
          <Header
            variant="h2"
            counter={`(${answer?.length ?? 0})`}
            description={
              isMemcached(cache)
                ? "Newer patches of the version that it runs. Nodes are replaced in batches, and come back empty."
                : "Newer patches of the version that it runs. Nodes are replaced one at a time, and no acknowledged write is lost."
            }
          >
            Service updates
          </Header>
        }
        empty={
          answer === undefined ? (
            "Not known yet."
          ) : (
            <Empty
              sentence="No service update is for this cache: every node runs the newest patch known here."
              act={<TextLink to={paths.serviceUpdates()}>All service updates</TextLink>}
            />
          )
        }
        columnDefinitions={[
          {
            id: "name",
            header: "Update",
            minWidth: 130,
            cell: (action) => action.ServiceUpdateName,
            isRowHeader: true,
          },
          { id: "severity", header: "Severity", cell: (action) => action.ServiceUpdateSeverity },
          {
            id: "status",
            header: "Status",
            minWidth: 140,
            cell: (action) => <StatusWord status={action.UpdateActionStatus} />,
          },
          { id: "nodes", header: "Nodes updated", cell: (action) => action.NodesUpdated ?? "-" },
          {
            id: "by",
            header: "Recommended by",
            minWidth: 160,
            cell: ({ ServiceUpdateRecommendedApplyByDate: by }) => (by === undefined ? "-" : moment(by)),
          },
          {
            id: "acts",
            header: "Actions",
            minWidth: 120,
            cell: (action) => (
              <SpaceBetween direction="horizontal" size="xs">
                {canBeApplied(action) && (
                  <Button
                    variant="inline-link"
                    disabled={changing.isPending}
                    ariaLabel={`Apply now: ${action.ServiceUpdateName}`}
                    onClick={() => change(action, "apply")}
                  >
                    Apply now
                  </Button>
                )}
                {canBeStopped(action) && (
                  <Button
                    variant="inline-link"
                    disabled={changing.isPending}
                    ariaLabel={`Stop ${action.ServiceUpdateName}`}
                    onClick={() => change(action, "stop")}
                  >
                    Stop
                  </Button>
                )}
                {!canBeApplied(action) && !canBeStopped(action) && <Box>-</Box>}
              </SpaceBetween>
            ),
          },
        ]}
      />
    </SpaceBetween>
  );
}
