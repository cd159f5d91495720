/** Which cache may have which service update, and how far it is; to be applied or stopped for those that are selected. */

import type { UpdateAction } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { pathOf } from "../../caches";
import { type Column, ListTable } from "../../parts/ListTable";
import { StatusWord } from "../../parts/StatusWord";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import type { Answered } from "../../questions/useQuestion";
import { cacheOfAction, canBeApplied, canBeStopped, keyOf, progressOf } from "../../reckoning/updateActions";
import { ChangeUpdates } from "./ChangeUpdates";
import { ApplyBy, Day } from "./dates";

export function UpdateActions({ answered }: { answered: Answered<UpdateAction[]> }) {
  const [selectedKeys, setSelectedKeys] = useState<readonly string[]>([]);
  const [changed, setChanged] = useState<{ verb: "apply" | "stop"; actions: UpdateAction[] }>();
  const actions = answered.answer ?? [];
  const selected = actions.filter((action) => selectedKeys.includes(keyOf(action)));
  const toApply = selected.filter(canBeApplied);
  const toStop = selected.filter(canBeStopped);
  return (
    <>
      <ListTable
        noun="update of a cache"
        plural="updates of caches"
        id="update-actions"
        title="By cache"
        answered={answered}
        items={actions}
        idOf={keyOf}
        columns={COLUMNS}
        filteredBy={["cache", "update", "status", "sla"]}
        empty={{
          sentence: "No cache runs a version of which there is a newer patch.",
          act: <TextLink to={paths.caches()}>All caches</TextLink>,
        }}
        selection={{ type: "multi", selected, onSelect: (items) => setSelectedKeys(items.map(keyOf)) }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={toStop.length === 0}
              disabledReason="Select what waits or is in progress first."
              onClick={() => setChanged({ verb: "stop", actions: toStop })}
            >
              Stop
            </Button>
            <Button
              variant="primary"
              disabled={toApply.length === 0}
              disabledReason="Select what is not applied yet first."
              onClick={() => setChanged({ verb: "apply", actions: toApply })}
            >
              Apply
            </Button>
          </SpaceBetween>
        }
      />
      {changed !== undefined && <ChangeUpdates {...changed} onDismiss={() => setChanged(undefined)} />}
    </>
  );
}

function Progress({ action }: { action: UpdateAction }) {
  const progress = progressOf(action);
  if (progress === undefined) return action.NodesUpdated ?? "-";
  const words = `${progress.updatedCount} of ${progress.nodeCount}`;
  if (!["in-progress", "stopping"].includes(action.UpdateActionStatus ?? "")) return words;
  const cacheId = cacheOfAction(action).cacheId;
  return <ProgressBar value={progress.percent} additionalInfo={words} ariaLabel={`Nodes of ${cacheId} updated`} />;
}

const cacheId = (action: UpdateAction) => cacheOfAction(action).cacheId;

const COLUMNS: Column<UpdateAction>[] = [
  {
    id: "cache",
    header: "Cache",
    text: cacheId,
    cell: (action) => {
      const { form, cacheId: id } = cacheOfAction(action);
      return <TextLink to={pathOf({ form, id })}>{id}</TextLink>;
    },
    isRowHeader: true,
    minWidth: 150,
  },
  {
    id: "update",
    header: "Update",
    text: (action) => action.ServiceUpdateName ?? "",
    cell: (action) => action.ServiceUpdateName,
    minWidth: 140,
  },
  {
    id: "status",
    header: "Status",
    text: (action) => action.UpdateActionStatus ?? "",
    cell: (action) => <StatusWord status={action.UpdateActionStatus} />,
    width: 180,
  },
  {
    id: "nodes",
    header: "Nodes updated",
    text: (action) => progressOf(action)?.percent ?? 0,
    cell: (action) => <Progress action={action} />,
    minWidth: 180,
  },
  {
    id: "severity",
    header: "Severity",
    text: (action) => action.ServiceUpdateSeverity ?? "",
    cell: (action) => action.ServiceUpdateSeverity,
    isHiddenAtFirst: true,
  },
  {
    id: "apply-by",
    header: "Apply by",
    text: (action) => action.ServiceUpdateRecommendedApplyByDate?.getTime() ?? 0,
    cell: (action) => <ApplyBy at={action.ServiceUpdateRecommendedApplyByDate} />,
    minWidth: 150,
  },
  {
    id: "sla",
    header: "SLA met",
    text: (action) => action.SlaMet ?? "",
    cell: (action) => action.SlaMet ?? "-",
    minWidth: 100,
  },
  {
    id: "since",
    header: "Status since",
    text: (action) => action.UpdateActionStatusModifiedDate?.getTime() ?? 0,
    cell: (action) => <Day at={action.UpdateActionStatusModifiedDate} />,
    minWidth: 140,
  },
  {
    id: "available",
    header: "Available since",
    text: (action) => action.UpdateActionAvailableDate?.getTime() ?? 0,
    cell: (action) => <Day at={action.UpdateActionAvailableDate} />,
    isHiddenAtFirst: true,
  },
];
