// Findings of a guardrail's automated reasoning policy.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailAutomatedReasoningFinding.html
import type { OneOf, Open } from "./json.ts";

/** Exactly one member is set. Its name is the kind of finding. */
export type AutomatedReasoningFinding = OneOf<{
  valid: Translated & {
    claimsTrueScenario?: Scenario | undefined;
    supportingRules?: Rule[] | undefined;
    logicWarning?: LogicWarning | undefined;
  };
  invalid: Contradiction;
  satisfiable: Translated & {
    claimsTrueScenario?: Scenario | undefined;
    claimsFalseScenario?: Scenario | undefined;
    logicWarning?: LogicWarning | undefined;
  };
  impossible: Contradiction;
  translationAmbiguous: {
    options?: { translations?: Translation[] | undefined }[] | undefined;
    differenceScenarios?: Scenario[] | undefined;
  };
  tooComplex: object;
  noTranslations: object;
}>;

interface Translated {
  translation?: Translation | undefined;
}

interface Contradiction extends Translated {
  contradictingRules?: Rule[] | undefined;
  logicWarning?: LogicWarning | undefined;
}

interface Translation {
  premises?: Statement[] | undefined;
  claims?: Statement[] | undefined;
  untranslatedPremises?: { text?: string | undefined }[] | undefined;
  untranslatedClaims?: { text?: string | undefined }[] | undefined;
  /** From 0 to 1. */
  confidence?: number | undefined;
}

interface Statement {
  logic?: string | undefined;
  naturalLanguage?: string | undefined;
}

interface Scenario {
  statements?: Statement[] | undefined;
}

interface Rule {
  identifier?: string | undefined;
  policyVersionArn?: string | undefined;
}

interface LogicWarning {
  type?: Open<"ALWAYS_FALSE" | "ALWAYS_TRUE"> | undefined;
  premises?: Statement[] | undefined;
  claims?: Statement[] | undefined;
}
