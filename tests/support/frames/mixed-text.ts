// Text that breaks careless splitting and encoding: many scripts, joined emoji, combining marks, control characters.

const sample =
  "Plain, Ünïcödé, Ελληνικά, Русский, עברית, العربية, हिन्दी, 日本語, 한국어, 😀👩‍👩‍👧🇮🇸, e\u0301o\u0308, " +
  '\0\u0001\u001b\u007f\u0085\u2028\u2029\ufeff, "quoted" \\ /\r\n\t';

export function mixedText(bytes: number): string {
  return sample.repeat(Math.ceil(bytes / Buffer.byteLength(sample)));
}
