// Renames the members of an event that would collide with the `type` of its line: `type` becomes `bedrock:type`.
//
// So that the way back is unambiguous, a member that has such a name already gets one more prefix. The rest of the
// JSON text stays as it is, byte for byte.

/** Of a member's name: `type`, and whatever that becomes. */
const collides = /^(?:bedrock:)*type$/;

export function hasTypeMember(value: object): boolean {
  return Object.keys(value).some((name) => collides.test(name));
}

/** `json` is the text of a valid object, its white space nothing but blanks. */
export function renameTypeMembers(json: string): string {
  let renamed = "";
  let copied = 0;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      const end = endOfString(json, at);
      if (depth === 1 && isBeforeColon(json, end) && collides.test(unescaped(json.slice(at, end)))) {
        renamed += `${json.slice(copied, at + 1)}bedrock:`;
        copied = at + 1;
      }
      at = end - 1;
    }
  }
  return renamed + json.slice(copied);
}

/** A string before a colon is a name. */
function isBeforeColon(json: string, end: number): boolean {
  while (json[end] === " ") end++;
  return json[end] === ":";
}

/** A name that is written with escapes is the same name. */
function unescaped(string: string): string {
  return JSON.parse(string) as string;
}

/** The position after the closing quote. */
function endOfString(json: string, start: number): number {
  for (let end = start + 1; ; end++) {
    if (json[end] === "\\") end++;
    else if (json[end] === '"') return end + 1;
  }
}
