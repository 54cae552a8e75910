// Formats a time as API Gateway and Function URLs do in events.

/** `12/Mar/2020:19:03:58 +0000`, from milliseconds since the epoch. */
export function formatTime(time: number): string {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(" ");
  return `${day}/${month}/${year}:${clock} +0000`;
}
