// Starts the local DynamoDB for the functions, and gives them the variables with which they find it.
import { startDynamoDb } from "./dynamodb/index.ts";
import type { AwsCredentials, RoleVariables } from "./execution-role.ts";
import { createSigningRole } from "./signing-role.ts";

/** The table of answers, for programs that read it with their own client. */
export interface LocalAnswerTable {
  /** The endpoint of the local DynamoDB. */
  url: string;
  name: string;
  /** The credentials of the functions' role, the only ones that may use the table. */
  credentials(): Promise<AwsCredentials>;
}

export interface LocalAnswerStore {
  table: LocalAnswerTable;
  /** The role's variables, and those of the answer store. */
  variables: () => Promise<RoleVariables>;
  close(): Promise<void>;
}

export interface AnswerStoreOptions {
  /** How long answers are kept. Default: 60. */
  retentionMinutes?: number;
}

export async function startAnswerStore(
  { retentionMinutes = 60 }: AnswerStoreOptions,
  { region, role }: { region: string; role: () => Promise<RoleVariables> },
): Promise<LocalAnswerStore> {
  const signing = createSigningRole(role);
  const dynamoDb = await startDynamoDb({ region, credentials: signing.credentials });
  return {
    table: {
      url: dynamoDb.url,
      name: dynamoDb.table,
      async credentials() {
        const { variables } = await signing.variables();
        return signing.credentials(variables["AWS_ACCESS_KEY_ID"]!)!;
      },
    },
    async variables() {
      const { variables, ...rest } = await signing.variables();
      const own = {
        AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
        DELTAPIPE_ANSWER_TABLE: dynamoDb.table,
        DELTAPIPE_ANSWER_RETENTION_MINUTES: String(retentionMinutes),
      };
      return { ...rest, variables: { ...variables, ...own } };
    },
    close: () => dynamoDb.close(),
  };
}
