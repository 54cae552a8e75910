// The role of a function that signs requests to services other than Bedrock. Such a function has credentials even if it calls
// Bedrock with an API key.
import {
  inventCredentials,
  roleVariables,
  type AwsCredentials,
  type RoleVariables,
} from "./execution-role.ts";

export interface SigningRole {
  variables: () => Promise<RoleVariables>;
  /** Searches all credentials that `variables` has ever returned, because execution environments keep theirs. */
  credentials: (accessKeyId: string) => AwsCredentials | undefined;
}

export function createSigningRole(variables: () => Promise<RoleVariables>): SigningRole {
  const known = new Map<string, AwsCredentials>();
  const invented = roleVariables(inventCredentials()).variables;
  return {
    async variables() {
      const found = await variables();
      const isSigning = found.variables["AWS_ACCESS_KEY_ID"] !== undefined;
      const complete = isSigning ? found.variables : { ...found.variables, ...invented };
      const accessKeyId = complete["AWS_ACCESS_KEY_ID"]!;
      const sessionToken = complete["AWS_SESSION_TOKEN"];
      known.set(accessKeyId, {
        accessKeyId,
        secretAccessKey: complete["AWS_SECRET_ACCESS_KEY"]!,
        ...(sessionToken !== undefined && { sessionToken }),
      });
      return { ...found, variables: complete };
    },
    credentials: (accessKeyId) => known.get(accessKeyId),
  };
}
