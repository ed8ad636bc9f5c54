/** An evaluation, as `kefu_nlu::evaluate` writes it. Shares are 0 to 1, `null` where nothing was counted. */
export interface Report {
  n: number;
  accuracy: number | null;
  macro_f1: number | null;
  coverage: number | null;
  precision_answered: number | null;
  confirm_rate: number | null;
  confirm_hit_rate: number | null;
  oos_recall: number | null;
  catalogue: { version: string; intents: number; phrasings: number };
  threshold: number | null;
  calibration_error: number | null;
  per_intent: IntentFigures[];
  confusions: Confusion[];
  curve: CurvePoint[];
  reliability: ReliabilityBin[];
  worst: WorstError[];
}

export interface IntentFigures {
  intent: string;
  title: string;
  phrasings: number;
  n: number;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  answered_right: number;
  answered_wrong: number;
  asked: number;
  asked_hit: number;
  refused: number;
  stolen: number;
}

export interface Confusion {
  expected: string;
  got: string;
  n: number;
  answered: number;
  examples: string[];
}

export interface CurvePoint {
  threshold: number;
  coverage: number;
  precision: number | null;
}

export interface ReliabilityBin {
  from: number;
  to: number;
  n: number;
  predicted: number;
  observed: number;
}

export interface WorstError {
  text: string;
  expected: string;
  got: string | null;
  fate: string;
  choices?: string[];
  probability: number;
  expected_probability: number | null;
  keywords?: string[];
}

/** What case files and reports call text that no intent covers. */
export const OUT_OF_SCOPE = 'oos';
