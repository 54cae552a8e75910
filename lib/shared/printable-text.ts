// Makes text from elsewhere safe to print and to log.

// Control characters (C0, DEL, C1), line separators, and the marks that reorder the text around them:
// https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const lineBreaks = /[\t\r\n\u2028\u2029]+/g;
const loneSurrogates = /\p{Surrogate}/gu;

/** One line without control characters: those become U+FFFD, tabs and line breaks a space. */
export function printableText(text: string): string {
  return text.replaceAll(lineBreaks, " ").replaceAll(unsafe, "\uFFFD").replaceAll(loneSurrogates, "\uFFFD");
}

/** The beginning of a text that may be of any length. */
export function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
