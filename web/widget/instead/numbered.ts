/** An enumeration as TypeScript makes it, from its numbers by word: also its words by number. */
export function numbered(names: Record<string, number | string>): typeof names {
  for (const [name, number] of Object.entries(names)) names[number] = name;
  return names;
}
