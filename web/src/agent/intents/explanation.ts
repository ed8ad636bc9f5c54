/** How one sentence is understood, as `kefu_nlu::Explanation` writes it. Shares are 0 to 1. */
export interface Explanation {
  text: string;
  normalized: string;
  language: string;
  tier: 'keyword' | 'embedding' | 'fallback';
  decision: { answer: string } | { confirm: string[] } | 'fallback';
  reason: string;
  choices: string[];
  confidence: number;
  in_scope: number;
  thresholds: Thresholds | null;
  keywords: string[];
  candidates: Candidate[];
  /** The keyword rules that the text touched, those that won first. */
  rules?: RuleExplanation[];
}

export interface Thresholds {
  answer: number;
  confirm: number;
  in_scope: number;
  close_ratio: number;
  confirm_choices: number;
}

export interface Candidate {
  intent: string;
  title: string;
  probability: number;
  signals: Record<string, number>;
  nearest: { text: string; similarity: number }[];
}

export interface RuleExplanation {
  intent: string;
  /** Which of the intent's rules, from 1. */
  rule: number;
  matching: 'contains' | 'exact' | 'regex';
  priority: number;
  outcome: 'won' | 'outranked' | 'vetoed' | 'incomplete';
  found: FoundKeyword[];
  missing: string[];
}

export interface FoundKeyword {
  keyword: string;
  list: 'any' | 'all' | 'none';
  /** What of the text it matched, as typed. */
  text: string;
}

export type Outcome = 'answer' | 'confirm' | 'fallback';

export function outcome({ decision }: Explanation): Outcome {
  if (typeof decision === 'string') return decision;
  return 'answer' in decision ? 'answer' : 'confirm';
}
