const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A client id for one message: 20 characters of the alphabet the server takes, 100 random bits, so
 * that two devices of one person never meet.
 */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('');
}
