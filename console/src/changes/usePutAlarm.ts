import { PutMetricAlarmCommand, type PutMetricAlarmCommandInput } from "@aws-sdk/client-cloudwatch";
import { type Change, useChange } from "./useChange";

/** Makes an alarm, or changes the one of that name; its state stays as it was until it is next evaluated. */
export function usePutAlarm(): Change<PutMetricAlarmCommandInput, true> {
  return useChange<PutMetricAlarmCommandInput, true>({
    ask: async ({ cloudwatch }, input, options) => {
      await cloudwatch.send(new PutMetricAlarmCommand(input), options);
      return true;
    },
    said: ({ AlarmName }) => `Alarm ${AlarmName} is saved. It is evaluated within a minute.`,
  });
}
