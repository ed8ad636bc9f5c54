/** As a business's server makes it, but for the signature, which only ours would check. */
export function tokenOf(sub: string, jti = '1'): string {
  const part = (value: object) =>
    btoa(unescape(encodeURIComponent(JSON.stringify(value))))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=+$/, '');
  return `${part({ alg: 'HS256' })}.${part({ sub, jti })}.c2ln`;
}
