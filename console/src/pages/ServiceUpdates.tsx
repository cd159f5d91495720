/** Newer patches of what caches run: which there are, and how far each cache has come with each. */

import type { ServiceUpdate, UpdateAction } from "@aws-sdk/client-elasticache";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type Column, ListTable } from "../parts/ListTable";
import { Page } from "../parts/Page";
import { StatusWord } from "../parts/StatusWord";
import { useServiceUpdates } from "../questions/useServiceUpdates";
import { useUpdateActions } from "../questions/useUpdateActions";
import { doneCounts } from "../reckoning/updateActions";
import { counted } from "../words/numbers";
import { ApplyBy, Day } from "./updates/dates";
import { UpdateActions } from "./updates/UpdateActions";

export default function ServiceUpdates() {
  const answered = useServiceUpdates();
  const actions = useUpdateActions();
  return (
    <Page title="Service updates" contentType="table">
      <SpaceBetween size="l">
        <Header
          variant="h1"
          description="Newer patches of the engine versions that caches here run. Nodes are replaced one at a time; addresses stay."
        >
          Service updates
        </Header>
        <UpdateActions answered={actions} />
        <ListTable
          noun="service update"
          id="service-updates"
          title="Updates"
          answered={answered}
          items={answered.answer ?? []}
          idOf={(update) => update.ServiceUpdateName ?? ""}
          columns={columnsOf(actions.answer)}
          empty={{
            sentence: "There has been no newer patch of what a cache here runs.",
            act: <WhenTheyAppear />,
          }}
        />
      </SpaceBetween>
    </Page>
  );
}

function WhenTheyAppear() {
  return (
    <Box color="text-body-secondary">
      Elastane looks every ten seconds at the engines on its machine and at those that can be fetched. How to add one:
      docs/how-to/add-engines.md. What follows: docs/how-to/apply-service-updates.md.
    </Box>
  );
}

function columnsOf(actions: readonly UpdateAction[] | undefined): Column<ServiceUpdate>[] {
  const engine = (update: ServiceUpdate) => `${update.Engine} ${update.EngineVersion}`;
  const caches = (update: ServiceUpdate) => {
    if (actions === undefined) return "Not known yet";
    const { doneCount, openCount } = doneCounts(update.ServiceUpdateName, actions);
    return `${counted(openCount, "cache")} without it, ${doneCount} with it`;
  };
  return [
    {
      id: "name",
      header: "Update",
      text: (update) => `${update.ServiceUpdateName} ${update.ServiceUpdateDescription}`,
      cell: (update) => (
        <>
          {update.ServiceUpdateName}
          <Box variant="small" display="block" color="text-body-secondary">
            {update.ServiceUpdateDescription}
          </Box>
        </>
      ),
      isRowHeader: true,
      width: 300,
    },
    {
      id: "severity",
      header: "Severity",
      text: (update) => update.ServiceUpdateSeverity ?? "",
      cell: (update) => <Severity word={update.ServiceUpdateSeverity} />,
      width: 120,
    },
    {
      id: "status",
      header: "Status",
      text: (update) => update.ServiceUpdateStatus ?? "",
      cell: (update) => <StatusWord status={update.ServiceUpdateStatus} />,
      width: 120,
    },
    { id: "engine", header: "For", text: engine, cell: engine, width: 120 },
    { id: "caches", header: "Caches", text: caches, cell: caches, width: 150 },
    {
      id: "apply-by",
      header: "Apply by",
      text: (update) => update.ServiceUpdateRecommendedApplyByDate?.getTime() ?? 0,
      cell: (update) => <ApplyBy at={update.ServiceUpdateRecommendedApplyByDate} />,
      width: 150,
    },
    {
      id: "released",
      header: "First seen here",
      text: (update) => update.ServiceUpdateReleaseDate?.getTime() ?? 0,
      cell: (update) => <Day at={update.ServiceUpdateReleaseDate} />,
      width: 130,
    },
    {
      id: "time",
      header: "Estimated time",
      text: (update) => update.EstimatedUpdateTime ?? "",
      cell: (update) => update.EstimatedUpdateTime ?? "-",
      isHiddenAtFirst: true,
    },
    {
      id: "type",
      header: "Type",
      text: (update) => update.ServiceUpdateType ?? "",
      cell: (update) => update.ServiceUpdateType,
      isHiddenAtFirst: true,
    },
  ];
}

function Severity({ word }: { word: string | undefined }) {
  if (word === "critical") return <Badge color="severity-critical">critical</Badge>;
  if (word === "important") return <Badge color="severity-high">important</Badge>;
  return <Badge color={word === "medium" ? "severity-medium" : "severity-low"}>{word ?? "-"}</Badge>;
}
