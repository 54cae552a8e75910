// Shifts the clock of the process that preloads this file: by CLOCK_ERROR_MS at the start, and by CLOCK_JUMP_MS more on each
// SIGUSR2.
"use strict";
const { CLOCK_JUMP_MS = "0", CLOCK_ERROR_MS = "0" } = process.env;
const RealDate = Date;
let shift = Number(CLOCK_ERROR_MS);

process.on("SIGUSR2", () => (shift += Number(CLOCK_JUMP_MS)));

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shift);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + shift;
  }
};
