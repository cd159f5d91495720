/** The parameters of a group, to be looked at or, where it is one's own, to be changed. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { LeaveDialog } from "../../parts/LeaveDialog";
import { ListTable } from "../../parts/ListTable";
import { useLeaveGuard } from "../../parts/useLeaveGuard";
import type { Answered } from "../../questions/useQuestion";
import { changesOf, isChanged, type Parameter, resetsOf } from "../../reckoning/parameters";
import { valueRefusal } from "../../reckoning/parameterValues";
import { counted } from "../../words/numbers";
import { parameterColumns } from "./parameterColumns";
import { ResetParameters } from "./ResetParameters";
import { ReviewChanges } from "./ReviewChanges";

interface Props {
  groupName: string;
  family: string;
  isOwn: boolean;
  answered: Answered<Parameter[]>;
  /** The family's values; absent while they are not known. */
  defaults: ReadonlyMap<string, string> | undefined;
  /** How many caches use the group; absent while it is not known. */
  userCount: number | undefined;
}

const NOTHING_TYPED: ReadonlyMap<string, string> = new Map();

export function ParameterValues({ groupName, family, isOwn, answered, defaults, userCount }: Props) {
  const [isEdited, setIsEdited] = useState(false);
  const [typed, setTyped] = useState(NOTHING_TYPED);
  const [shown, setShown] = useState({ changed: false, modifiable: false });
  const [open, setOpen] = useState<"review" | "reset-some" | "reset-all">();
  const [selected, setSelected] = useState<readonly Parameter[]>([]);

  const parameters = answered.answer ?? [];
  const changes = changesOf(parameters, typed);
  const refused = changes.filter(({ name, after }) => {
    const parameter = parameters.find((one) => one.name === name);
    return parameter !== undefined && valueRefusal(parameter, after) !== undefined;
  });
  const guard = useLeaveGuard(changes.length > 0);
  const isInForce = (parameter: Parameter) => isChanged(parameter, defaults);
  const items = parameters.filter(
    (parameter) =>
      (!shown.changed || isInForce(parameter) || typed.has(parameter.name)) &&
      (!shown.modifiable || parameter.isModifiable),
  );
  const chosen = parameters.filter((parameter) => selected.some((one) => one.name === parameter.name));
  const resets = defaults === undefined ? [] : resetsOf(open === "reset-all" ? parameters : chosen, defaults);
  const hasOwnValues = parameters.some((parameter) => parameter.source === "user");
  const isReadyToReset = defaults !== undefined && resetsOf(chosen, defaults).length > 0;

  const type = (name: string, value: string) => setTyped((current) => new Map(current).set(name, value));
  const stop = () => {
    setIsEdited(false);
    setTyped(NOTHING_TYPED);
  };
  return (
    <SpaceBetween size="s">
      <ListTable
        noun="parameter"
        id="parameters"
        title="Parameters"
        description={
          isEdited
            ? typedSentence(changes.length, refused.length)
            : isOwn
              ? undefined
              : "Of a default group: create a group of your own to change values."
        }
        answered={answered}
        items={items}
        idOf={(parameter) => parameter.name}
        columns={parameterColumns({ family, defaults, isEdited, typed, type })}
        empty={{ sentence: emptySentence(shown), act: undefined }}
        selection={isOwn && !isEdited ? { type: "multi", selected: chosen, onSelect: setSelected } : undefined}
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <Toggle checked={shown.changed} onChange={({ detail }) => setShown({ ...shown, changed: detail.checked })}>
              Changed only
            </Toggle>
            <Toggle
              checked={shown.modifiable}
              onChange={({ detail }) => setShown({ ...shown, modifiable: detail.checked })}
            >
              Modifiable only
            </Toggle>
            {isEdited && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={stop}>Cancel</Button>
                <Button
                  variant="primary"
                  disabled={changes.length === 0 || refused.length > 0}
                  disabledReason={
                    refused.length > 0
                      ? `Not allowed: the value of ${refused.map(({ name }) => name).join(", ")}.`
                      : "Nothing is changed yet."
                  }
                  onClick={() => setOpen("review")}
                >
                  Review changes
                </Button>
              </SpaceBetween>
            )}
            {isOwn && !isEdited && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  disabled={!isReadyToReset}
                  disabledReason="Select parameters that were changed first."
                  onClick={() => setOpen("reset-some")}
                >
                  Reset
                </Button>
                <Button
                  disabled={!hasOwnValues || defaults === undefined}
                  disabledReason="Every parameter has its default."
                  onClick={() => setOpen("reset-all")}
                >
                  Reset all
                </Button>
                <Button variant="primary" disabled={parameters.length === 0} onClick={() => setIsEdited(true)}>
                  Edit values
                </Button>
              </SpaceBetween>
            )}
          </SpaceBetween>
        }
      />
      {!isEdited && <Box variant="small">Changed means: another value than the family {family} gives.</Box>}
      <LeaveDialog guard={guard}>
        {counted(changes.length, "value")} you have changed here will be lost: nothing has been sent yet.
      </LeaveDialog>
      {open === "review" && (
        <ReviewChanges
          groupName={groupName}
          changes={changes}
          userCount={userCount}
          onDismiss={() => setOpen(undefined)}
          onDone={() => {
            setOpen(undefined);
            stop();
          }}
        />
      )}
      {(open === "reset-some" || open === "reset-all") && (
        <ResetParameters
          groupName={groupName}
          isAll={open === "reset-all"}
          resets={resets}
          userCount={userCount}
          onDismiss={() => setOpen(undefined)}
          onDone={() => {
            setOpen(undefined);
            setSelected([]);
          }}
        />
      )}
    </SpaceBetween>
  );
}

function typedSentence(changeCount: number, refusedCount: number): string {
  if (changeCount === 0) return "Nothing is changed yet.";
  const changed = `${counted(changeCount, "value")} changed, and nothing is sent before you have reviewed it.`;
  return refusedCount === 0 ? changed : `${changed} ${counted(refusedCount, "value")} not allowed.`;
}

function emptySentence({ changed, modifiable }: { changed: boolean; modifiable: boolean }): string {
  if (changed) return "Every parameter has the value that its family gives.";
  return modifiable ? "None of the parameters can be changed." : "The group has no parameters.";
}
