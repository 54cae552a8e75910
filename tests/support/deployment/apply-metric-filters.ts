// Applies a template's metric filters to a log line, as CloudWatch Logs does.
import { compilePattern, select } from "./filter-pattern.ts";
import { ofType, type Template } from "./template.ts";

interface Transformation {
  MetricName: string;
  MetricValue: string;
  Unit: string;
  DefaultValue?: number;
  Dimensions?: { Key: string; Value: string }[];
}

export interface Filter {
  pattern: string;
  transformation: Transformation;
}

/** The metric filters of one function's log group. */
export function filtersOf(
  template: Template,
  logGroup: "ConverseLogGroup" | "WebSocketLogGroup" | "AppSyncLogGroup" = "ConverseLogGroup",
): Filter[] {
  return ofType(template, "AWS::Logs::MetricFilter")
    .filter(([, { LogGroupName }]) => (LogGroupName as { Ref: string }).Ref === logGroup)
    .map(([, properties]) => ({
      pattern: properties["FilterPattern"] as string,
      transformation: (properties["MetricTransformations"] as [Transformation])[0],
    }));
}

/** The metric values that one log line produces, by name and dimensions. */
export function metricsFrom(filters: Filter[], line: string): Record<string, number> {
  const event: unknown = line.startsWith("{") ? JSON.parse(line) : undefined;
  const metrics: Record<string, number> = {};
  for (const { pattern, transformation } of filters) {
    if (!compilePattern(pattern)(event)) continue;
    const { MetricName, MetricValue, Dimensions = [] } = transformation;
    const dimensions = Dimensions.map(({ Key, Value }) => `${Key}=${String(select(event, Value))}`);
    const value = MetricValue.startsWith("$") ? select(event, MetricValue) : Number(MetricValue);
    metrics[[MetricName, ...dimensions].join(" ")] = value as number;
  }
  return metrics;
}
