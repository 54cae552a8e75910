// Finds the metrics that an alarm in the template uses.
import { propertiesOf, type Template } from "./template.ts";

interface AlarmMetric {
  Id: string;
  Expression?: string;
  MetricStat?: { Metric: { MetricName: string; Dimensions?: [{ Value: { Ref: string } }] } };
}

/** Lambda's metrics that the alarm uses, each with the logical id of its function, such as `Errors ConverseLambdaFunction`. */
export function lambdaMetrics(template: Template, alarm: string): string[] {
  return metricsOf(template, alarm).flatMap(({ MetricStat }) =>
    MetricStat?.Metric.Dimensions
      ? [`${MetricStat.Metric.MetricName} ${MetricStat.Metric.Dimensions[0].Value.Ref}`]
      : [],
  );
}

/** The ids that the alarm's expressions use, and the ids of its metrics, except the metric `result`. */
export function metricIds(template: Template, alarm: string): { used: string[]; defined: string[] } {
  const metrics = metricsOf(template, alarm);
  const used = metrics.flatMap(({ Expression = "" }) => Expression.match(/\b[a-z]\w+\b/g) ?? []);
  const defined = metrics.map(({ Id }) => Id).filter((id) => id !== "result");
  return { used: [...new Set(used)].toSorted(), defined: defined.toSorted() };
}

function metricsOf(template: Template, alarm: string): AlarmMetric[] {
  return propertiesOf(template, alarm)["Metrics"] as AlarmMetric[];
}
