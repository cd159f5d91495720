/** What can be done with all caches that are selected at once. */

import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useState } from "react";
import type { Cache } from "../../caches";
import { useFlashes } from "../../Flashes";
import { counted } from "../../words/numbers";
import { ApplyUpdates } from "./ApplyUpdates";
import { DeleteCaches } from "./DeleteCaches";
import { RebootCaches } from "./RebootCaches";

type Act = "reboot" | "apply-updates" | "copy-arns" | "delete";

const ITEMS: readonly { id: Act; text: string }[] = [
  { id: "reboot", text: "Reboot nodes" },
  { id: "apply-updates", text: "Apply service updates" },
  { id: "copy-arns", text: "Copy ARNs" },
  { id: "delete", text: "Delete" },
];

export function BulkActions({ selected }: { selected: readonly Cache[] }) {
  const copyArns = useCopyArns();
  // A dialog is about what was selected when it was opened, whatever becomes of the selection meanwhile.
  const [open, setOpen] = useState<{ act: Act; caches: readonly Cache[] }>();
  const dismiss = () => setOpen(undefined);
  return (
    <>
      <ButtonDropdown
        items={ITEMS}
        disabled={selected.length === 0}
        onItemClick={({ detail }) => {
          if (detail.id === "copy-arns") void copyArns(selected);
          else setOpen({ act: detail.id as Act, caches: selected });
        }}
      >
        {selected.length === 0 ? "With selected" : `With ${counted(selected.length, "selected", "selected")}`}
      </ButtonDropdown>
      {open?.act === "delete" && <DeleteCaches caches={open.caches} onDismiss={dismiss} />}
      {open?.act === "reboot" && <RebootCaches caches={open.caches} onDismiss={dismiss} />}
      {open?.act === "apply-updates" && <ApplyUpdates caches={open.caches} onDismiss={dismiss} />}
    </>
  );
}

function useCopyArns(): (caches: readonly Cache[]) => Promise<void> {
  const { flash } = useFlashes();
  return async (caches) => {
    try {
      await navigator.clipboard.writeText(caches.map((cache) => cache.arn).join("\n"));
      flash({ type: "success", content: `${counted(caches.length, "ARN is", "ARNs are")} on the clipboard.` });
    } catch {
      flash({
        type: "warning",
        header: "The browser does not let this page copy",
        content:
          "The column ARN, which the preferences of the list can show, has them to be marked and copied by hand.",
      });
    }
  };
}
