// Tests that Lambda can read the files of the deployed archive, and that the same source gives the same archive on every machine.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { builtOnce } from "../support/builds/built-once.ts";
import { openService, type PackagedService } from "../support/deployment/packaged-service.ts";

const archives = new Map<string, Buffer>();
const services: PackagedService[] = [];

/** Packages with osls, as `npx serverless package` and `npx serverless deploy` do. */
async function packageUnder(umask: number, timeZone: string): Promise<Buffer> {
  const before = process.umask(umask);
  try {
    const service = await openService(inject("builds"));
    services.push(service);
    await service.package({ variables: { TZ: timeZone } });
    return await readFile(join(service.folder, ".serverless/converse.zip"));
  } finally {
    process.umask(before);
  }
}

/** Reads the Unix modes from the central directory: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12. */
function modesOf(archive: Buffer): string[] {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x06054b50);
  const modes: string[] = [];
  let offset = archive.readUInt32LE(end + 16);
  for (let entry = 0; entry < archive.readUInt16LE(end + 10); entry++) {
    expect(archive.readUInt32LE(offset)).toBe(0x02014b50);
    const isUnix = archive[offset + 5] === 3;
    modes.push(isUnix ? (archive.readUInt32LE(offset + 38) >>> 16).toString(8) : "none");
    const [name, extra, comment] = [28, 30, 32].map((field) => archive.readUInt16LE(offset + field));
    offset += 46 + name! + extra! + comment!;
  }
  return modes;
}

beforeAll(async () => {
  archives.set("of this process", await readFile(join(await builtOnce("packaging", {}), "converse.zip")));
  archives.set("077", await packageUnder(0o077, "Asia/Tokyo"));
  archives.set("000", await packageUnder(0o000, "America/Los_Angeles"));
});
afterAll(() => Promise.all(services.map((service) => service.remove())));

describe("the archive", () => {
  test.each(["of this process", "077", "000"])(
    "every user can read the archive's files when it is packaged under the umask %s",
    (umask) => {
      expect(modesOf(archives.get(umask)!)).toEqual(["100644"]);
    },
  );

  test("the archive has the same bytes under every umask, in every folder and time zone", () => {
    const [first, ...others] = [...archives.values()];
    for (const other of others) expect(other.equals(first!)).toBe(true);
  });
});
