// Names that Bedrock gives, for the log: what is no name may be anything.

export function identifier(name: string): string {
  return /^\w{1,64}$/.test(name) ? name : "(no name)";
}
