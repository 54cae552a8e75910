// Makes text from Bedrock safe to show to a caller and safe to log.

/** Limits the work of the patterns; only the first `maxShown` characters are shown anyway. */
const maxRead = 2000;
const maxShown = 500;

/** Removes account ids, ARNs, addresses and stack traces from a message of Bedrock, because they show how the service runs. */
export function redactMessage(message: string): string {
  return (
    message
      .slice(0, maxRead)
      // A stack trace is of no use to a caller, and nothing useful follows it.
      .replace(/\r?\n[ \t]+at [^]*$/, "")
      .replaceAll(/\barn:[^\s"'<>,)]+/gi, "arn:***")
      // Account ids, with or without the dashes that the AWS console adds.
      .replaceAll(/(?<!\d)\d{4}(-?)\d{4}\1\d{4}(?!\d)/g, "***")
      .replaceAll(/[\w:-]+(?:\.[\w:-]+)*/g, (word) => (isAddress(word) ? "***" : word))
      .slice(0, maxShown)
  );
}

/**
 * A name from Bedrock, for the log. Anything that does not look like an identifier could be content, and is dropped.
 */
export function redactName(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : "(no name)";
}

/** IPv4, IPv6, and hosts inside AWS or a private network. Links to AWS's public documentation are kept. */
function isAddress(word: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}(:\d*)?$/.test(word)) return true;
  if (/^[\da-f:]{3,39}$/i.test(word)) return word.includes("::") || word.split(":").length === 8;
  if (/^localhost(:\d*)?$/i.test(word)) return true;
  const isHost =
    /\.(internal|local|localdomain|amazonaws\.com(\.cn)?|amazon\.com|a2z\.com|aws\.dev)(:\d*)?$/i;
  return isHost.test(word) && word.toLowerCase() !== "docs.aws.amazon.com";
}
