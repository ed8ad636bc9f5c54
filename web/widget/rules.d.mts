export function forShadow(rules: string): string;
