// Tests that the alarms and the dashboard use only metrics that a filter produces. Any other metric would never have data.
import { beforeAll, describe, expect, test } from "vitest";
import { filtersOf } from "../support/deployment/apply-metric-filters.ts";
import { ofType, packagedTemplate, propertiesOf, type Template } from "../support/deployment/template.ts";

let template: Template;
beforeAll(async () => {
  template = await packagedTemplate();
});

describe("the metrics in use", () => {
  const namespace = "Deltapipe/${AWS::StackName}";

  function counted(): Set<string> {
    return new Set(
      filtersOf(template).map(({ transformation: { MetricName, Dimensions = [] } }) =>
        [MetricName, ...Dimensions.map(({ Key }) => Key)].join(" "),
      ),
    );
  }

  test("the alarms use only metrics that a filter produces", () => {
    const watched: string[] = [];
    for (const [, properties] of ofType(template, "AWS::CloudWatch::Alarm")) {
      const metrics = (properties["Metrics"] as { MetricStat?: { Metric: object } }[] | undefined) ?? [];
      for (const metric of [properties, ...metrics.map(({ MetricStat }) => MetricStat?.Metric ?? {})]) {
        const { Namespace, MetricName } = metric as { Namespace?: unknown; MetricName?: string };
        if ((Namespace as { "Fn::Sub"?: string } | undefined)?.["Fn::Sub"] === namespace)
          watched.push(MetricName ?? "");
      }
    }
    expect(watched.toSorted()).toEqual(["Failures", "FirstDelta", "OutputTokens", "Throttles"]);
    for (const name of watched) expect(counted()).toContain(name);
  });

  test("the dashboard uses only metrics that a filter produces, and shows each model", () => {
    const body = propertiesOf(template, "Dashboard")["DashboardBody"] as { "Fn::Sub": string };
    const { widgets } = JSON.parse(body["Fn::Sub"]) as {
      widgets: { properties: { metrics: unknown[][] } }[];
    };
    const own = widgets
      .flatMap(({ properties }) => properties.metrics)
      .filter(([first]) => first === namespace);
    const names = new Set(
      own.map(([, name, dimension]) =>
        [name, dimension].filter((part) => typeof part === "string").join(" "),
      ),
    );
    expect(own.length).toBeGreaterThan(10);
    for (const name of names) expect(counted()).toContain(name);
    const operations = own.filter(([, , dimension]) => dimension === "Operation").map(([, , , name]) => name);
    expect(operations).toEqual(["Lines", "ConverseStream", "Converse"]);
    for (const model of ["nova-2-lite", "gpt-oss-120b"]) {
      expect(new Set(own.filter((metric) => metric.includes(model)).map(([, name]) => name))).toEqual(
        new Set(["Requests", "FirstDelta", "Total", "InputTokens", "OutputTokens"]),
      );
    }
  });
});
