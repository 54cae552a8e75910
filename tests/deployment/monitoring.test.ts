// Tests that the alarms and the dashboard use only metrics that a metric filter produces, because other metrics would never have
// data.
import { beforeAll, describe, expect, test } from "vitest";
import { filtersOf } from "../support/deployment/apply-metric-filters.ts";
import { withAppSync } from "../support/deployment/packagings.ts";
import { ofType, packagedTemplate, propertiesOf, type Template } from "../support/deployment/template.ts";

let template: Template;
/** The template with all functions and the answer store. */
let full: Template;
beforeAll(async () => {
  [template, full] = await Promise.all([packagedTemplate(), packagedTemplate(withAppSync)]);
});

describe("the metrics in use", () => {
  const namespace = "Deltapipe/${AWS::StackName}";

  function countedBy(from: Template): Set<string> {
    return new Set(
      filtersOf(from).map(({ transformation: { MetricName, Dimensions = [] } }) =>
        [MetricName, ...Dimensions.map(({ Key }) => Key)].join(" "),
      ),
    );
  }

  /** The names of the service's own metrics that the alarms use. */
  function watchedBy(from: Template): string[] {
    const watched: string[] = [];
    for (const [, properties] of ofType(from, "AWS::CloudWatch::Alarm")) {
      const metrics = (properties["Metrics"] as { MetricStat?: { Metric: object } }[] | undefined) ?? [];
      for (const metric of [properties, ...metrics.map(({ MetricStat }) => MetricStat?.Metric ?? {})]) {
        const { Namespace, MetricName } = metric as { Namespace?: unknown; MetricName?: string };
        if ((Namespace as { "Fn::Sub"?: string } | undefined)?.["Fn::Sub"] === namespace)
          watched.push(MetricName ?? "");
      }
    }
    return watched.toSorted();
  }

  /** The service's own metrics that the dashboard uses. */
  function shownBy(from: Template): unknown[][] {
    const body = propertiesOf(from, "Dashboard")["DashboardBody"] as { "Fn::Sub": string };
    const { widgets } = JSON.parse(body["Fn::Sub"]) as {
      widgets: { properties: { metrics: unknown[][] } }[];
    };
    return widgets.flatMap(({ properties }) => properties.metrics).filter(([first]) => first === namespace);
  }

  const namesOf = (metrics: unknown[][]) =>
    new Set(
      metrics.map(([, name, dimension]) =>
        [name, dimension].filter((part) => typeof part === "string").join(" "),
      ),
    );

  test("the alarms use only metrics that a filter produces", () => {
    const watched = ["Failures", "FirstDelta", "OutputTokens", "Throttles"];
    expect(watchedBy(template)).toEqual(watched);
    expect(watchedBy(full)).toEqual([...watched, "AnswerStoreFailures", "Requests"].toSorted());
    for (const each of [template, full]) {
      for (const name of watchedBy(each)) expect(countedBy(each)).toContain(name);
    }
  });

  test("the dashboard uses only metrics that a filter produces, and shows each model", () => {
    const own = shownBy(template);
    expect(own.length).toBeGreaterThan(10);
    for (const each of [template, full]) {
      for (const name of namesOf(shownBy(each))) expect(countedBy(each)).toContain(name);
    }
    expect(namesOf(shownBy(full))).toContain("AnswerStoreFailures");
    const operations = own.filter(([, , dimension]) => dimension === "Operation").map(([, , , name]) => name);
    expect(operations).toEqual(["Lines", "ConverseStream", "Converse"]);
    for (const model of ["nova-2-lite", "gpt-oss-120b"]) {
      expect(new Set(own.filter((metric) => metric.includes(model)).map(([, name]) => name))).toEqual(
        new Set(["Requests", "FirstDelta", "Total", "InputTokens", "OutputTokens"]),
      );
    }
  });
});
