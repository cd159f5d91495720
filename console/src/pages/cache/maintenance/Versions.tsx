/** The newer engine versions that are offered here, each with the dialog that upgrades to it. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { Subject } from "../../../caches";
import { ModifyDialog } from "../../../parts/actions/ModifyDialog";
import { RefusalAlert } from "../../../parts/RefusalAlert";
import { useEngineVersions } from "../../../questions/useEngineVersions";
import { useParameterGroups } from "../../../questions/useParameterGroups";
import { fittingGroup } from "../../../reckoning/fittingGroups";
import { whyNot } from "../../../reckoning/possibleActions";
import { engineTitle, type Upgrade, upgradesFor } from "../../../reckoning/upgrades";

export function Versions({ subject }: { subject: Subject }) {
  const { cache, cluster } = subject;
  const offers = useEngineVersions();
  const groups = useParameterGroups();
  const [chosen, setChosen] = useState<Upgrade>();
  const version = cluster?.EngineVersion ?? "";
  const upgrades = upgradesFor(cache.engine, version, offers.answer ?? []);
  const present = cluster?.CacheParameterGroup?.CacheParameterGroupName ?? "";
  const reason = whyNot("modify", cache) ?? betweenModes(cache.clusterMode);
  return (
    <>
      <RefusalAlert refusal={offers.refusal ?? groups.refusal} />
      <Table
        wrapLines
        loading={offers.isWaiting || groups.isWaiting}
        loadingText="Asking for engine versions"
        ariaLabels={{ tableLabel: "newer versions" }}
        items={upgrades}
        trackBy="title"
        header={
          <Header
            variant="h2"
            counter={`(${upgrades.length})`}
            description={`It runs ${engineTitle(cache.engine, version)}. Versions only go forward.`}
          >
            Newer versions
          </Header>
        }
        empty={
          <Box color="text-body-secondary" textAlign="center">
            No newer version is offered here. <Box variant="code">elastane engines list</Box> on its machine shows what
            can be had.
          </Box>
        }
        columnDefinitions={[
          { id: "title", header: "Version", minWidth: 110, cell: (upgrade) => upgrade.title, isRowHeader: true },
          { id: "family", header: "Parameter group family", minWidth: 130, cell: (upgrade) => upgrade.family },
          {
            id: "parameterGroup",
            header: "Parameter group then",
            minWidth: 170,
            cell: (upgrade) =>
              fittingGroup(present, upgrade.family, cache.clusterMode, groups.answer ?? []) || "to be chosen",
          },
          {
            id: "act",
            header: "Actions",
            minWidth: 130,
            cell: (upgrade) => (
              <Button
                disabled={reason !== undefined}
                disabledReason={reason}
                ariaLabel={`Upgrade to ${upgrade.title}`}
                onClick={() => setChosen(upgrade)}
              >
                Upgrade
              </Button>
            ),
          },
        ]}
      />
      {chosen !== undefined && (
        <ModifyDialog
          subject={subject}
          onDismiss={() => setChosen(undefined)}
          preset={{
            engine: chosen.engine,
            version: chosen.version,
            parameterGroup: fittingGroup(present, chosen.family, cache.clusterMode, groups.answer ?? []),
          }}
        />
      )}
    </>
  );
}

function betweenModes(clusterMode: string): string | undefined {
  return clusterMode === "compatible" ? "In cluster mode compatible it is neither scaled nor upgraded." : undefined;
}
