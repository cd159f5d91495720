"""Metric math: arithmetic over time series, as GetMetricData's and alarms' `Expression`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

    parser.parse(text)                    an Expression, or a MathError with a sentence
    names.names_in(expression)            the ids it speaks of, its METRICS() and its SEARCH()es
    evaluate.evaluate(expression, scope)  a series or several; what SEARCH found is handed in with the scope

Pure, and bounded: by the text's length, by the depth of what is nested, by how many series and points a value has.
ANOMALY_DETECTION_BAND, INSIGHT_RULE_METRIC, SERVICE_QUOTA, LAMBDA and Metrics Insights' SELECT are refused by name.
"""
