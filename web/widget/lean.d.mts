export function pathOf(line: [tag: string, attributes: Record<string, string>]): string;
