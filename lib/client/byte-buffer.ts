// A growing buffer that joins chunks of bytes.

export interface ByteBuffer {
  readonly length: number;
  append(bytes: Uint8Array): void;
  /** Returns all bytes and empties the buffer. The bytes are valid until the next `append`. */
  take(): Uint8Array;
}

/** In bytes. A larger buffer is not kept for the next line. */
const kept = 65_536;

/**
 * The buffer doubles its size whenever it is full. Joining a long line from many small pieces therefore takes time
 * proportional to the line's length, and no object has to be kept for each piece.
 */
export function createByteBuffer(): ByteBuffer {
  let bytes = new Uint8Array(0);
  let length = 0;

  function append(more: Uint8Array): void {
    if (length + more.length > bytes.length) {
      const larger = new Uint8Array(Math.max(2 * bytes.length, length + more.length));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(more, length);
    length += more.length;
  }

  function take(): Uint8Array {
    const taken = bytes.subarray(0, length);
    length = 0;
    // The memory of one long line must not be kept for the rest of the stream.
    if (bytes.length > kept) bytes = new Uint8Array(0);
    return taken;
  }

  return {
    append,
    take,
    get length() {
      return length;
    },
  };
}
