// Bedrock's words as a caller may read them: without what says how and where the service runs.

/** More than is ever shown, and no more than is read in no time. */
const mostRead = 2000;
const mostShown = 500;

export function masked(message: string): string {
  return (
    message
      .slice(0, mostRead)
      // A stack trace has nothing for a caller: it ends the message.
      .replace(/\r?\n[ \t]+at [^]*$/, "")
      .replaceAll(/\barn:[^\s"'<>,)]+/gi, "arn:***")
      // Account ids, also as the console writes them.
      .replaceAll(/(?<!\d)\d{4}(-?)\d{4}\1\d{4}(?!\d)/g, "***")
      .replaceAll(/[\w:-]+(?:\.[\w:-]+)*/g, (word) => (isAddress(word) ? "***" : word))
      .slice(0, mostShown)
  );
}

/** IPv4, IPv6, and hosts inside AWS or in a network of one's own; AWS's documentation is for all to read. */
function isAddress(word: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}(:\d*)?$/.test(word)) return true;
  if (/^[\da-f:]{3,39}$/i.test(word)) return word.includes("::") || word.split(":").length === 8;
  if (/^localhost(:\d*)?$/i.test(word)) return true;
  const isHost =
    /\.(internal|local|localdomain|amazonaws\.com(\.cn)?|amazon\.com|a2z\.com|aws\.dev)(:\d*)?$/i;
  return isHost.test(word) && word.toLowerCase() !== "docs.aws.amazon.com";
}
