import { DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { counted } from "../words/numbers";
import { type Change, useChange } from "./useChange";

/** All that are named, or none. */
export function useDeleteAlarms(): Change<string[], true> {
  return useChange<string[], true>({
    ask: async ({ cloudwatch }, names, options) => {
      await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: names }), options);
      return true;
    },
    said: (names) =>
      names.length === 1 ? `Alarm ${names[0]} is deleted.` : `${counted(names.length, "alarm")} are deleted.`,
  });
}
