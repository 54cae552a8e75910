// Draws a recording as an animated SVG. It is animated by CSS only, so that it also plays inside an <img>.
import type { RecordedLine, Recording } from "./record.ts";

const width = 860;
const margin = 20;
const rowHeight = 19;
const gutter = 66;
/** The number of characters that fit into a line in the widest usual font, plus a few that fade out at the edge. */
const longestText = 107;
/** The time at the start during which the picture shows only the command. */
const leadInMs = 900;
/** The time at the end during which the picture shows the complete answer, before it starts again. */
const holdMs = 5000;

export function drawRecording({ command, lines }: Recording): string {
  const period = leadInMs + (lines.at(-1)?.at ?? 0) + holdMs;
  const commandHeight = command.length * rowHeight + 20;
  const height = margin * 2 + commandHeight + (lines.length - 1) * rowHeight;
  const rows = lines.map((line, index) => drawLine(line, index, margin + commandHeight + index * rowHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>A request to Deltapipe and the lines of its answer as they arrive</title>`,
    style(period, lines),
    `<defs><linearGradient id="fade" x1="0" x2="1"><stop class="page-stop" offset="0" stop-opacity="0"/><stop class="page-stop" offset="1"/></linearGradient></defs>`,
    `<rect class="page" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    ...command.map((text, row) => drawCommand(text, row)),
    ...rows,
    `<rect x="${width - 62}" y="${margin + commandHeight - 12}" width="60" height="${lines.length * rowHeight}" fill="url(#fade)"/>`,
    `</svg>\n`,
  ].join("\n");
}

function drawCommand(text: string, row: number): string {
  const y = margin + 12 + row * rowHeight;
  const sign = row === 0 ? `<tspan class="time">$ </tspan>` : "  ";
  return `<text class="command" x="${margin}" y="${y}">${sign}${escaped(text)}</text>`;
}

function drawLine({ at, text }: RecordedLine, index: number, y: number): string {
  return `<g class="line l${index}"><text class="time ms" x="${margin + gutter - 14}" y="${y}">${at} ms</text><text x="${margin + gutter}" y="${y}">${colored(text)}</text></g>`;
}

/** Highlights the type of the line and the text of a delta. */
function colored(line: string): string {
  const shown = line.length > longestText ? line.slice(0, longestText) : line;
  return escaped(shown)
    .replace(/^(\{"type":)("[^"]*")/, `$1<tspan class="type">$2</tspan>`)
    .replace(/("text":)("(?:[^"\\]|\\.)*")/, `$1<tspan class="text">$2</tspan>`);
}

/** Each line has its own keyframes with the same period, so that all start again at the same moment. */
function style(period: number, lines: RecordedLine[]): string {
  const keyframes = lines.map(({ at }, index) => {
    const percent = (((leadInMs + at) / period) * 100).toFixed(2);
    return `@keyframes l${index}{0%{opacity:0}${percent}%{opacity:1}}.l${index}{animation-name:l${index}}`;
  });
  return `<style>
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #57606a; white-space: pre }
.page { fill: #f6f8fa; stroke: #d0d7de } .page-stop { stop-color: #f6f8fa }
.command { fill: #1f2328 } .time { fill: #8c959f } .ms { text-anchor: end } .type { fill: #0550ae } .text { fill: #116329; font-weight: 600 }
.line { animation: ${period}ms step-end infinite }
${keyframes.join("\n")}
@media (prefers-reduced-motion: reduce) { .line { animation: none } }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .page { fill: #151b23; stroke: #3d444d } .page-stop { stop-color: #151b23 }
  .command { fill: #f0f6fc } .time { fill: #656c76 } .type { fill: #79c0ff } .text { fill: #7ee787 }
}
</style>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
