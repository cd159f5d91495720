import { DisableAlarmActionsCommand, EnableAlarmActionsCommand } from "@aws-sdk/client-cloudwatch";
import { counted } from "../words/numbers";
import { type Change, useChange } from "./useChange";

export interface AlarmActionsSwitch {
  names: string[];
  isEnabled: boolean;
}

/** Whether alarms tell anybody. They are evaluated either way. */
export function useSwitchAlarmActions(): Change<AlarmActionsSwitch, true> {
  return useChange<AlarmActionsSwitch, true>({
    ask: async ({ cloudwatch }, { names, isEnabled }, options) => {
      const input = { AlarmNames: names };
      if (isEnabled) await cloudwatch.send(new EnableAlarmActionsCommand(input), options);
      else await cloudwatch.send(new DisableAlarmActionsCommand(input), options);
      return true;
    },
    said: ({ names, isEnabled }) =>
      `Actions of ${names.length === 1 ? names[0] : counted(names.length, "alarm")} are ${isEnabled ? "enabled" : "disabled"}.`,
  });
}
