// The terminal as readline sees it: it can be muted, so that what is typed does not get into an answer.
import { Writable } from "node:stream";
import type { WriteStream } from "node:tty";

export interface Screen {
  stream: Writable;
  mute(): void;
  unmute(): void;
}

export function createScreen(terminal: WriteStream): Screen {
  let muted = false;
  const stream = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      if (!muted) terminal.write(text);
      done();
    },
  });
  // What readline asks of a terminal besides.
  Object.defineProperty(stream, "columns", { get: () => terminal.columns });
  terminal.on("resize", () => stream.emit("resize"));
  return {
    stream,
    mute: () => (muted = true),
    unmute: () => (muted = false),
  };
}
