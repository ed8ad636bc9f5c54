export function forShadow(rules: string): string;
export function withoutUnused(rules: string, code: string): string;
