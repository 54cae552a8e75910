// A guardrail's assessments in the event `metadata`.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailTraceAssessment.html
import type { AutomatedReasoningFinding } from "./automated-reasoning.ts";
import type { Open } from "./json.ts";

/** Present if the request's `guardrailConfig.trace` enables it. */
export interface GuardrailTrace {
  modelOutput?: string[] | undefined;
  inputAssessment?: { [guardrailId: string]: GuardrailAssessment } | undefined;
  outputAssessments?: { [guardrailId: string]: GuardrailAssessment[] } | undefined;
  actionReason?: string | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailAssessment.html */
export interface GuardrailAssessment {
  topicPolicy?: { topics: (Named & Finding & { type: Open<"DENY"> })[] } | undefined;
  contentPolicy?: { filters: ContentFilter[] } | undefined;
  wordPolicy?:
    | {
        customWords: (Matched & Finding)[];
        managedWordLists: (Matched & Finding & { type: Open<"PROFANITY"> })[];
      }
    | undefined;
  sensitiveInformationPolicy?:
    | {
        piiEntities: (Matched & Finding<"ANONYMIZED" | "BLOCKED" | "NONE"> & { type: Open<PiiType> })[];
        regexes: RegexFilter[];
      }
    | undefined;
  contextualGroundingPolicy?: { filters?: GroundingFilter[] | undefined } | undefined;
  automatedReasoningPolicy?: { findings?: AutomatedReasoningFinding[] | undefined } | undefined;
  invocationMetrics?: InvocationMetrics | undefined;
  appliedGuardrailDetails?: AppliedGuardrail | undefined;
}

interface Named {
  name: string;
}

interface Matched {
  match: string;
}

interface Finding<Action extends string = "BLOCKED" | "NONE"> {
  action: Open<Action>;
  detected?: boolean | undefined;
}

type Level = Open<"HIGH" | "LOW" | "MEDIUM" | "NONE">;

interface ContentFilter extends Finding {
  type: Open<"HATE" | "INSULTS" | "MISCONDUCT" | "PROMPT_ATTACK" | "SEXUAL" | "VIOLENCE">;
  confidence: Level;
  filterStrength?: Level | undefined;
}

interface RegexFilter extends Finding<"ANONYMIZED" | "BLOCKED" | "NONE"> {
  name?: string | undefined;
  match?: string | undefined;
  regex?: string | undefined;
}

interface GroundingFilter extends Finding {
  type: Open<"GROUNDING" | "RELEVANCE">;
  threshold: number;
  score: number;
}

interface InvocationMetrics {
  /** In milliseconds. */
  guardrailProcessingLatency?: number | undefined;
  usage?: GuardrailUsage | undefined;
  guardrailCoverage?: { textCharacters?: Coverage | undefined; images?: Coverage | undefined } | undefined;
}

interface Coverage {
  guarded?: number | undefined;
  total?: number | undefined;
}

/** Billed units of each policy. */
interface GuardrailUsage {
  topicPolicyUnits: number;
  contentPolicyUnits: number;
  wordPolicyUnits: number;
  sensitiveInformationPolicyUnits: number;
  sensitiveInformationPolicyFreeUnits: number;
  contextualGroundingPolicyUnits: number;
  contentPolicyImageUnits?: number | undefined;
  automatedReasoningPolicyUnits?: number | undefined;
  automatedReasoningPolicies?: number | undefined;
}

interface AppliedGuardrail {
  guardrailId?: string | undefined;
  guardrailVersion?: string | undefined;
  guardrailArn?: string | undefined;
  guardrailOrigin?: Open<"ACCOUNT_ENFORCED" | "ORGANIZATION_ENFORCED" | "REQUEST">[] | undefined;
  guardrailOwnership?: Open<"CROSS_ACCOUNT" | "SELF"> | undefined;
}

type PiiType =
  | "ADDRESS"
  | "AGE"
  | "AWS_ACCESS_KEY"
  | "AWS_SECRET_KEY"
  | "CA_HEALTH_NUMBER"
  | "CA_SOCIAL_INSURANCE_NUMBER"
  | "CREDIT_DEBIT_CARD_CVV"
  | "CREDIT_DEBIT_CARD_EXPIRY"
  | "CREDIT_DEBIT_CARD_NUMBER"
  | "DRIVER_ID"
  | "EMAIL"
  | "INTERNATIONAL_BANK_ACCOUNT_NUMBER"
  | "IP_ADDRESS"
  | "LICENSE_PLATE"
  | "MAC_ADDRESS"
  | "NAME"
  | "PASSWORD"
  | "PHONE"
  | "PIN"
  | "SWIFT_CODE"
  | "UK_NATIONAL_HEALTH_SERVICE_NUMBER"
  | "UK_NATIONAL_INSURANCE_NUMBER"
  | "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER"
  | "URL"
  | "USERNAME"
  | "US_BANK_ACCOUNT_NUMBER"
  | "US_BANK_ROUTING_NUMBER"
  | "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER"
  | "US_PASSPORT_NUMBER"
  | "US_SOCIAL_SECURITY_NUMBER"
  | "VEHICLE_IDENTIFICATION_NUMBER";
