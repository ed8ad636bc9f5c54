/** Both sets of words; a build that wants one of them only is free to leave this out. */
export const join = <A extends object, B extends object>(a: A, b: B): A & B => ({ ...a, ...b });
