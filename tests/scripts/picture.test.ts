// The README's picture: how a recording is drawn, and a recording of a real answer.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { drawRecording } from "../../scripts/picture/draw.ts";
import { waitFor } from "../support/deadline.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** The lines of a picture as a reader sees them, with their times. */
function readPicture(picture: string): { at: number; text: string }[] {
  const rows = picture.split("\n").filter((line) => line.startsWith(`<g class="line`));
  return rows.map((row) => {
    const [, at, text = ""] = /(\d+) ms<\/text><text [^>]*>(.*)<\/text><\/g>$/.exec(row) ?? [];
    const plain = text.replaceAll(/<[^>]*>/g, "");
    return { at: Number(at), text: plain.replaceAll("&lt;", "<").replaceAll("&amp;", "&") };
  });
}

test("each line appears in the picture at its time and stays", () => {
  const lines = [
    { at: 10, text: `{"type":"start","version":1}` },
    { at: 4100, text: `{"type":"end","stopReason":"end_turn"}` },
  ];
  const picture = drawRecording({ command: ["curl"], lines });
  expect(readPicture(picture)).toEqual(lines);
  // The animation shows 900 ms before the recording begins, and 5 s after its last line.
  expect(picture).toContain("animation: 10000ms");
  expect(picture).toContain("@keyframes l0{0%{opacity:0}9.10%{opacity:1}}");
  expect(picture).toContain("@keyframes l1{0%{opacity:0}50.00%{opacity:1}}");
});

test("special characters of XML are escaped", () => {
  const text = String.raw`{"type":"contentBlockDelta","delta":{"text":"</text> & \"<b>\""}}`;
  const picture = drawRecording({ command: [`curl -d '<&>'`], lines: [{ at: 0, text }] });
  expect(readPicture(picture)).toEqual([{ at: 0, text }]);
  expect(picture).toContain("curl -d '&lt;&amp;>'");
  expect(picture).not.toContain("<b>");
});

test("npm run picture records an answer from start to end within 30 kB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-picture-"));
  try {
    const out = join(folder, "new", "lines.svg");
    const args = ["--import", "tsx", "scripts/picture/picture.ts", "--port", "0", "--out", out];
    await waitFor("the recording", run(process.execPath, args, { cwd: root }));
    const picture = await readFile(out, "utf8");
    expect(Buffer.byteLength(picture)).toBeLessThan(30_000);
    const lines = readPicture(picture);
    expect(lines.at(0)?.text).toMatch(/^\{"type":"start"/);
    expect(lines.at(-1)?.text).toMatch(/^\{"type":"end"/);
    expect(lines.filter(({ text }) => text.startsWith(`{"type":"contentBlockDelta"`))).toHaveLength(13);
    const times = lines.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    // Thirteen deltas at eight a second take more than a second, unless all arrive at the end.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(1000);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [["--port", "many"], /--port is "many"/],
  [["--speed", "2"], /--speed/],
])("npm run picture rejects the options %j with exit code 2", async (args, message) => {
  const failed = run(process.execPath, ["--import", "tsx", "scripts/picture/picture.ts", ...args], {
    cwd: root,
  });
  const error = await waitFor(
    "the error",
    failed.catch((thrown: unknown) => thrown),
  );
  expect(error).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});
