// Shifts the clock of the function's process, into which it is preloaded: on SIGUSR2, or from the start.
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
