import { type MetricAlarm, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { everyPage } from "./everyPage";
import { type Answered, CALM_SECONDS, useQuestion } from "./useQuestion";

/** All alarms of the region, with their states. */
export function useAlarms(): Answered<MetricAlarm[]> {
  return useQuestion({
    key: ["DescribeAlarms"],
    ask: ({ cloudwatch }, options) =>
      everyPage(
        paginateDescribeAlarms({ client: cloudwatch }, { MaxRecords: 100 }, options),
        (page) => page.MetricAlarms,
      ),
    everySeconds: CALM_SECONDS,
  });
}
