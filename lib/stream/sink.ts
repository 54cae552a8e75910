// Where lines go. Each delivery (HTTP today) is a sink.

export interface Sink {
  /** Commits to an answer: called once, before the first write. Until then a failure can still be a status. */
  open(): void;
  /** Returns false when nothing more should be written until the sink has drained. */
  write(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
}
