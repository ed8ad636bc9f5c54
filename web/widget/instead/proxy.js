// In the place of Svelte's deep state: what the widget keeps in `$state` is replaced as a whole, never
// changed inside.
export const proxy = (value) => value;
export const get_proxied_value = (value) => value;
export const is = Object.is;
