// Renames the members of an event that would collide with the `type` of its line: `type` becomes `bedrock:type`.
//
// A member that already has the name `bedrock:type` gets a second prefix, so that readers can always undo the renaming.
// The rest of the JSON text is not changed.
import { unescaped, walkJson } from "../json-text.ts";

/** Matches `type` with any number of our prefixes. */
const collides = /^(?:bedrock:)*type$/;

export function hasTypeMember(value: object): boolean {
  return Object.keys(value).some((name) => collides.test(name));
}

/** `json` is the text of a valid object. Members of objects inside it keep their names. */
export function renameTypeMembers(json: string): string {
  let renamed = "";
  let copied = 0;
  let depth = 0;
  walkJson(json, {
    open: () => void depth++,
    close: () => void depth--,
    key(start, end) {
      if (depth !== 1 || !collides.test(unescaped(json.slice(start, end)))) return;
      renamed += `${json.slice(copied, start + 1)}bedrock:`;
      copied = start + 1;
    },
  });
  return renamed + json.slice(copied);
}
