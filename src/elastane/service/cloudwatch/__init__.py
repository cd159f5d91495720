"""CloudWatch's actions, as a table."""

from elastane.service.cloudwatch import alarm_history, alarms, tags
from elastane.service.cloudwatch.metric_data import get_metric_data
from elastane.service.cloudwatch.metric_statistics import get_metric_statistics
from elastane.service.cloudwatch.metrics import list_metrics, put_metric_data
from elastane.service.context import Action

ACTIONS: dict[str, Action] = {
    "DeleteAlarms": alarms.delete_alarms,
    "DescribeAlarmHistory": alarm_history.describe_alarm_history,
    "DescribeAlarms": alarms.describe_alarms,
    "DescribeAlarmsForMetric": alarms.describe_alarms_for_metric,
    "DisableAlarmActions": alarms.disable_alarm_actions,
    "EnableAlarmActions": alarms.enable_alarm_actions,
    "GetMetricData": get_metric_data,
    "GetMetricStatistics": get_metric_statistics,
    "ListMetrics": list_metrics,
    "ListTagsForResource": tags.list_tags_for_resource,
    "PutMetricAlarm": alarms.put_metric_alarm,
    "PutMetricData": put_metric_data,
    "SetAlarmState": alarms.set_alarm_state,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}
