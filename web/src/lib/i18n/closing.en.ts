import type { closingZh } from './closing.zh';

export const closingEn: typeof closingZh = {
  ask: 'How did we do?',
  scores: ['Very bad', 'Bad', 'All right', 'Good', 'Very good'],
  stars: (n) => (n === 1 ? '1 star' : `${n} stars`),
  why: 'Why? (any number)',
  comment: 'Anything else? (optional)',
  submit: 'Send rating',
  later: 'Not now',
  thanks: 'Thank you for your rating',
  rated: (n) => `Your rating: ${n === 1 ? '1 star' : `${n} stars`}`,
  endings: 'Ratings and summaries',
  ratedBy: (n) => `Rated ${n} of 5`,
  summaryBy: (name) => `Written by ${name}`,
  category: 'Summary',
  choose: 'Choose a category',
  note: 'One line about it (optional)',
  save: 'Save summary',
  saved: 'Summary saved',
  idle: (name) => `The visitor was silent for too long: the talk with ${name} ended by itself`,
};
