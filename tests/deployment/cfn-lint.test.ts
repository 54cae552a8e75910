// Checks all templates in one run of CloudFormation's linter, because starting the linter takes longer than checking a template.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtOnce } from "../support/builds/built-once.ts";
import type { Packaging } from "../support/deployment/packaged-service.ts";
import {
  withAppSync,
  withEveryFunction,
  withEveryPart,
  withIdentityProviders,
  withWebSocket,
} from "../support/deployment/packagings.ts";

const hasLinter = spawnSync("cfn-lint", ["--version"]).status === 0;
const packagings: Packaging[] = [
  {},
  withIdentityProviders,
  withEveryPart,
  withWebSocket,
  withEveryFunction,
  withAppSync,
];

test.skipIf(!hasLinter)(
  "cfn-lint accepts the default template and the templates with optional parts",
  async () => {
    const folders = await Promise.all(packagings.map((packaging) => builtOnce("packaging", packaging)));
    // osls writes two templates: one with only the bucket for its own files, and one with everything.
    const files = folders.flatMap((folder) =>
      ["create", "update"].map((step) => join(folder, `cloudformation-template-${step}-stack.json`)),
    );
    const { status, stdout } = spawnSync("cfn-lint", files, { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  },
);
