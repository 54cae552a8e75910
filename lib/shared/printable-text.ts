// Makes text from elsewhere safe to print and to log.

const lineBreaks = /[\t\r\n\u2028\u2029]+/g;
// Control characters (C0, DEL, C1), half surrogate pairs, line separators, and the marks that change the direction of text:
// https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Turns a text into a single line: tabs and line breaks become a space, and control characters become U+FFFD. */
export function printableText(text: string): string {
  return text.replaceAll(lineBreaks, " ").replaceAll(unsafe, "\uFFFD");
}

/** Cuts a text after `maxLength` UTF-16 units, and marks the cut with "…". */
export function shortened(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}
