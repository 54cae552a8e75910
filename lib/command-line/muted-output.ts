// An output stream for readline that can be muted, so that typed text does not appear in the middle of an answer.
import { Writable } from "node:stream";
import type { WriteStream } from "node:tty";

export interface MutedOutput {
  stream: Writable;
  mute(): void;
  unmute(): void;
}

export function createMutedOutput(terminal: WriteStream): MutedOutput {
  let muted = false;
  const stream = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      if (!muted) terminal.write(text);
      done();
    },
  });
  // readline also reads the terminal's width and listens to its resize event.
  Object.defineProperty(stream, "columns", { get: () => terminal.columns });
  terminal.on("resize", () => stream.emit("resize"));
  return {
    stream,
    mute: () => (muted = true),
    unmute: () => (muted = false),
  };
}
