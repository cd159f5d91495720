/** Modifies a cache: every setting as it is now, what was changed as "from → to", and whether it is done now or in the window. */

import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { type Cache, isMemcached } from "../../caches";
import { useModify } from "../../changes/useModify";
import { useEngineVersions } from "../../questions/useEngineVersions";
import { changesLogs, differences, modificationsOf, presentOf, type Wanted } from "../../reckoning/modification";
import { isAnyWaiting, pendingValues } from "../../reckoning/pendingValues";
import { offeredVersion } from "../../reckoning/upgrades";
import { isOverlapping, parseMaintenanceWindow, parseSnapshotWindow } from "../../reckoning/windows";
import { counted } from "../../words/numbers";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";
import { AvailabilityFields } from "./modify/AvailabilityFields";
import { Differences } from "./modify/Differences";
import { LogFields } from "./modify/LogFields";
import { SoftwareFields } from "./modify/SoftwareFields";
import { UpkeepFields } from "./modify/UpkeepFields";

export interface FieldsProps {
  subject: DialogProps["subject"];
  present: Wanted;
  wanted: Wanted;
  change: (some: Partial<Wanted>) => void;
}

interface Props extends DialogProps {
  /** What is changed already when it opens, as an upgrade that was chosen elsewhere. */
  preset?: Partial<Wanted>;
}

export function ModifyDialog({ subject, preset, onDismiss }: Props) {
  const { cache } = subject;
  const offers = useEngineVersions();
  // As it was when the dialog was opened: what was typed is compared with what the person saw.
  const [opened] = useState(() => presentOf(subject, subject.cluster?.EngineVersion ?? cache.engineVersion ?? ""));
  const present = { ...opened, version: offeredVersion(opened.engine, opened.version, offers.answer ?? []) };
  const [changed, setChanged] = useState<Partial<Wanted>>(preset ?? {});
  const [isImmediate, setIsImmediate] = useState(false);
  const modifying = useModify(cache);
  const wanted = { ...present, ...changed };
  const found = differences(present, wanted);
  const problem = problemOf(wanted, cache);
  const ofMemcached = isMemcached(cache);
  const isImmediateAtAll = isImmediate || changesLogs(present, wanted);
  const change = (some: Partial<Wanted>) => {
    setChanged((current) => ({ ...current, ...some }));
    if (modifying.refusal !== undefined) modifying.reset(); // it was about what was typed before
  };
  const fields = { subject, present, wanted, change };
  const confirm = () =>
    modifying.change({
      modifications: modificationsOf(present, wanted, isImmediateAtAll),
      said: saidOf(cache.id, !isImmediateAtAll && found.some((one) => one.mayWait)),
    });
  return (
    <FormDialog
      title={`Modify ${cache.id}`}
      confirm={found.length === 0 ? "Modify" : `Apply ${counted(found.length, "change")}`}
      isConfirmable={found.length > 0 && problem === undefined}
      onConfirm={confirm}
      onDismiss={onDismiss}
      changing={modifying}
      size="large"
    >
      <SpaceBetween size="l">
        <Tabs
          ariaLabel="Settings"
          tabs={[
            { id: "software", label: "Engine and size", content: <SoftwareFields {...fields} offers={offers} /> },
            ...(ofMemcached
              ? []
              : [{ id: "availability", label: "Cache", content: <AvailabilityFields {...fields} /> }]),
            { id: "upkeep", label: "Maintenance", content: <UpkeepFields {...fields} /> },
            ...(ofMemcached ? [] : [{ id: "logs", label: "Logs", content: <LogFields {...fields} /> }]),
          ]}
        />
        <Differences
          differences={found}
          problem={problem}
          ofMemcached={ofMemcached}
          isImmediate={isImmediateAtAll}
          isImmediateAnyway={changesLogs(present, wanted)}
          isSomethingWaiting={isAnyWaiting(pendingValues(subject))}
          onChange={setIsImmediate}
        />
      </SpaceBetween>
    </FormDialog>
  );
}

/** What keeps it from being sent, so that a person reads it beside the button and not from a refusal. */
function problemOf(wanted: Wanted, cache: Cache): string | undefined {
  const isGroup = cache.form === "replication-group";
  if (isGroup && wanted.description.trim() === "") return "The description must not be empty.";
  const [maintenance, snapshot] = [
    parseMaintenanceWindow(wanted.maintenanceWindow),
    parseSnapshotWindow(wanted.snapshotWindow),
  ];
  if (maintenance === undefined) return "The maintenance window is not complete.";
  if (!isMemcached(cache)) {
    if (snapshot === undefined) return "The snapshot window is not complete.";
    if (isOverlapping(maintenance, snapshot)) return "The maintenance window and the snapshot window overlap.";
  }
  if (wanted.parameterGroup === "") return "Choose a parameter group of the new engine's family.";
  const isLogNameless = Object.values(wanted.logs).some((log) => log.isOn && log.destination.trim() === "");
  return isLogNameless ? "A log that is delivered needs the name of where to." : undefined;
}

function saidOf(id: string, isSomethingWaiting: boolean): string {
  return isSomethingWaiting
    ? `What ${id} shall be is noted: what may wait is done in its maintenance window.`
    : `${id} is being modified.`;
}
