// Draws the main figures of a run as SVG, with one bar per contender.
import { figures, shown, type Figure } from "./figures.ts";
import type { Results } from "./results.ts";

const chosen = [
  "coldFirstDeltaMs",
  "warmFirstDeltaMs",
  "burstCpuUs",
  "paceDelayUs",
  "growthMegabytes",
  "bundleKb",
];
const columns = 2;
const panel = { width: 440, gap: 40, titleHeight: 34, rowHeight: 22, nameWidth: 122, valueWidth: 76 };
const margin = 24;

export function chart(results: Results, caption: string): string {
  const shownFigures = chosen
    .map((key) => figures.find((figure) => figure.key === key))
    .filter((figure) => figure !== undefined)
    .filter(({ key }) => results.names.some((name) => results.samples(name, key).length > 0));
  const panelHeight = panel.titleHeight + results.names.length * panel.rowHeight + 16;
  const rows = Math.ceil(shownFigures.length / columns);
  const width = margin * 2 + columns * panel.width + panel.gap;
  const height = margin * 2 + rows * panelHeight + 20;
  const panels = shownFigures.map((figure, index) => {
    const x = margin + (index % columns) * (panel.width + panel.gap);
    const y = margin + Math.floor(index / columns) * panelHeight;
    return `<g transform="translate(${x} ${y})">${panelOf(results, figure)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>Deltapipe beside other ways to stream Bedrock's answers out of a Lambda</title>`,
    style,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    ...panels,
    `<text class="note" x="${margin}" y="${height - margin + 4}">${escaped(caption)}</text>`,
    `</svg>\n`,
  ].join("\n");
}

function panelOf(results: Results, figure: Figure): string {
  const values = results.names.map((name) => ({ name, value: results.median(name, figure.key) }));
  const most = Math.max(...values.map(({ value }) => (Number.isFinite(value) ? value : 0)), Number.MIN_VALUE);
  const room = panel.width - panel.nameWidth - panel.valueWidth;
  const bars = values.map(({ name, value }, row) => {
    const y = panel.titleHeight + row * panel.rowHeight;
    const length = Number.isFinite(value) ? Math.max(1, (Math.max(value, 0) / most) * room) : 0;
    const end = panel.nameWidth + length + 6;
    return [
      `<text class="name" x="${panel.nameWidth - 8}" y="${y + 11}">${escaped(name)}</text>`,
      `<rect class="${kindOf(name)}" x="${panel.nameWidth}" y="${y}" width="${length.toFixed(1)}" height="14" rx="2"/>`,
      `<text class="value" x="${end.toFixed(1)}" y="${y + 11}">${withUnit(value, figure)}</text>`,
    ].join("");
  });
  return `<text class="title" x="0" y="14">${escaped(titleOf(figure))}</text>${bars.join("\n")}`;
}

function withUnit(value: number, { unit }: Figure): string {
  return unit === "kB" && value >= 1000 ? `${shown(value / 1000)} MB` : `${shown(value)} ${unit}`;
}

function titleOf({ key, label }: Figure): string {
  return key === "growthMegabytes" ? "Memory growth from 1 MB to the longest stream" : label;
}

function kindOf(name: string): string {
  if (name === "deltapipe") return "own";
  return name === "floor" ? "floor" : "other";
}

/** Readable on light and on dark pages. */
const style = `<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.page { fill: #fff } .title { font-weight: 600; font-size: 13px } .name { text-anchor: end }
.note { fill: #57606a } .own { fill: #0969da } .floor { fill: #afb8c1 } .other { fill: #6e7781 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .page { fill: #0d1117 } .note { fill: #8d96a0 }
  .own { fill: #4493f8 } .floor { fill: #3d444d } .other { fill: #656c76 }
}
</style>`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
