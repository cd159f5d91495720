import { SetAlarmStateCommand, type StateValue } from "@aws-sdk/client-cloudwatch";
import { wordOf } from "../parts/StatusWord";
import { type Change, useChange } from "./useChange";

export interface AlarmStateChange {
  name: string;
  state: StateValue;
  reason: string;
}

/** Puts an alarm into a state until it is next evaluated, to see what that sets off. */
export function useSetAlarmState(): Change<AlarmStateChange, true> {
  return useChange<AlarmStateChange, true>({
    ask: async ({ cloudwatch }, { name, state, reason }, options) => {
      const command = new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: reason });
      await cloudwatch.send(command, options);
      return true;
    },
    said: ({ name, state }) => `Alarm ${name} is put into ${wordOf(state)}, until it is next evaluated.`,
  });
}
