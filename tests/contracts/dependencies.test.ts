// Imports between the modules of .github/ARCHITECTURE.md point one way and form no cycle.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const mayImport: Record<string, string[]> = {
  "lib/wire.ts": ["lib/wire"],
  "lib/wire": [],
  "lib/shared": [],
  "lib/stream": ["lib/wire.ts", "lib/shared"],
  "lib/answer-store": ["lib/aws", "lib/stream", "lib/shared", "lib/wire.ts"],
  "lib/http": ["lib/answer-store", "lib/stream", "lib/wire.ts"],
  "lib/aws": ["lib/stream", "lib/shared"],
  "lib/push": ["lib/answer-store", "lib/aws", "lib/stream", "lib/shared", "lib/wire.ts"],
  "lib/appsync": [],
  handlers: ["lib/answer-store", "lib/http", "lib/push", "lib/stream"],
  "lib/signer": ["lib/shared"],
  "lib/cognito": ["lib/signer", "lib/shared"],
  "lib/bedrock": ["lib/signer", "lib/shared"],
  "lib/client": ["lib/signer", "lib/shared", "lib/wire.ts"],
  "lib/command-line": ["lib/client", "lib/shared", "lib/signer"],
  "lib/page": ["lib/client", "lib/shared", "lib/wire.ts"],
  "lib/deployment": ["lib/appsync", "lib/stream"],
  "lib/local": [
    "lib/appsync",
    "lib/deployment",
    "lib/http",
    "lib/shared",
    "lib/signer",
    "lib/stream",
    "lib/wire.ts",
  ],
  scripts: ["lib"],
  tests: ["lib", "handlers", "scripts"],
};
const modules = Object.keys(mayImport);

/** The files that each file imports, as paths relative to the repository. */
const imports = readImports();

describe("each module", () => {
  test("each module is in the table of ARCHITECTURE.md, and every file belongs to a module", () => {
    const note = readFileSync(join(root, ".github/ARCHITECTURE.md"), "utf8");
    const documented = [...note.matchAll(/^\| `([\w./-]+?)\/?` /gm)].map(([, module = ""]) => module);
    expect(documented.toSorted()).toEqual(modules.toSorted());
    expect([...imports.keys()].filter((file) => moduleOf(file) === undefined)).toEqual([]);
  });

  test.each(modules)("%s imports only the modules that it may import", (module) => {
    const files = [...imports].filter(([file]) => moduleOf(file) === module);
    expect(files.length).toBeGreaterThan(0);
    const permitted = [module, ...mayImport[module]!];
    const forbidden = files.flatMap(([file, imported]) =>
      imported
        .filter((target) => !permitted.some((each) => isWithin(target, each)))
        .map((target) => `${file} imports ${target}`),
    );
    expect(forbidden).toEqual([]);
  });
});

describe("the benchmark", () => {
  test("the benchmark is imported only by its own tests", () => {
    const importers = [...imports]
      .filter(([file]) => !isWithin(file, "scripts/bench"))
      .filter(([, imported]) => imported.some((target) => isWithin(target, "scripts/bench")))
      .map(([file]) => file);
    expect(importers.filter((file) => !/^tests\/scripts\/bench[\w-]*\.test\.ts$/.test(file))).toEqual([]);
    expect(importers).toContain("tests/scripts/bench.test.ts");
  });
});

describe("imports", () => {
  test("imports form no cycle, even through type imports", () => {
    expect(findCycles(imports)).toEqual([]);
  });

  test("imports are found in every syntax", () => {
    const text = [
      `import a, { type b } from "./a.ts";\nimport type { c } from './c.ts';\nexport {\n  d,\n} from "../d.ts";`,
      `import "./e.ts";\nconst f = await import("./f.ts");\nlet g: import("./g.ts").G;`,
      `const h = require("./h.cjs");\nrequireTypeScript("./i.ts", __filename);\nimport { fs } from "node:fs";`,
    ].join("\n");
    const found = ["lib/x/a.ts", "lib/x/c.ts", "lib/d.ts", "lib/x/e.ts", "lib/x/f.ts"];
    expect(importsIn(text, "lib/x/y.ts")).toEqual([...found, "lib/x/g.ts", "lib/x/h.cjs", "lib/x/i.ts"]);
  });

  test("imports that form a cycle are reported once, with all files of the cycle", () => {
    const edges = { a: ["b"], b: ["c", "d"], c: ["a"], d: ["e"], e: [], f: ["a", "f"] };
    expect(findCycles(new Map(Object.entries(edges)))).toEqual(["a -> b -> c -> a", "f -> f"]);
  });
});

function readImports(): Map<string, string[]> {
  const files = ["lib", "handlers", "scripts", "tests"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
      .filter((file) => /\.(ts|js|cjs)$/.test(file) && !file.includes("/node_modules/")),
  );
  return new Map(files.map((file) => [file, importsIn(readFileSync(join(root, file), "utf8"), file)]));
}

/** The paths of the files that `text` imports, without packages and without files that are installed or built. */
function importsIn(text: string, file: string): string[] {
  const found = text.matchAll(/\b(?:from|import|import\(|require\w*(?:\.resolve)?\()\s*["'](\.[^"']*)["']/g);
  return [...found]
    .map(([, target = ""]) => posix.normalize(posix.join(dirname(file), target)))
    .filter((target) => !/(^|\/)(node_modules|dist)\//.test(target));
}

function moduleOf(file: string): string | undefined {
  return modules.find((module) => isWithin(file, module));
}

function isWithin(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

/** Returns one line for each cycle: its files, from the first file back to the first file. */
function findCycles(graph: ReadonlyMap<string, string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): void {
    const at = path.indexOf(file);
    if (at >= 0) cycles.push([...path.slice(at), file].join(" -> "));
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const imported of graph.get(file) ?? []) visit(imported);
    path.pop();
    done.add(file);
  }
  for (const file of graph.keys()) visit(file);
  return cycles;
}
