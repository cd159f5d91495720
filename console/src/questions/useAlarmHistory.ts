import { type AlarmHistoryItem, DescribeAlarmHistoryCommand } from "@aws-sdk/client-cloudwatch";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

const SHOWN_COUNT = 100;

/** The newest of what became of an alarm: changes, states, actions. It is kept for thirty days. */
export function useAlarmHistory(alarmName: string): Answered<AlarmHistoryItem[]> {
  return useQuestion({
    key: ["DescribeAlarmHistory", alarmName],
    ask: async ({ cloudwatch }, options) => {
      const command = new DescribeAlarmHistoryCommand({
        AlarmName: alarmName,
        MaxRecords: SHOWN_COUNT,
        ScanBy: "TimestampDescending",
      });
      return (await cloudwatch.send(command, options)).AlarmHistoryItems ?? [];
    },
    everySeconds: CALM_SECONDS,
  });
}
