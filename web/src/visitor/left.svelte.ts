import { leaveMessage, newClientId, problemCode, type LeftForm, type Rest } from '@kefu/sdk';

export const NAME_CHARS_MAX = 64;
/** Characters of a way to reach somebody; a server may be set to take fewer, and says so. */
export const CONTACT_CHARS_MAX = 254;

/** What looks like a number that can be dialled; the server holds it the same way. */
export function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  return /^[\d +\-().]*$/.test(text) && digits >= 5 && digits <= 20;
}

/** What looks like an address that mail can be sent to; the server holds it the same way. */
export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text);
}

/** A message being left. What was sent once goes under the same id until it has arrived. */
export class Leaving {
  text = $state('');
  name = $state('');
  phone = $state('');
  email = $state('');
  sending = $state(false);
  /** The code of what went wrong. */
  problem = $state('');
  private sent: { clientId: string; said: string } | undefined;

  constructor(private readonly rest: Rest) {}

  /** What is wrong with each field, empty where nothing is. */
  get wrong(): { text: boolean; phone: boolean; email: boolean } {
    const { text, phone, email } = this.form();
    return {
      text: !text,
      phone: Boolean(phone) && !isPhone(phone),
      email: Boolean(email) && !isEmail(email),
    };
  }

  /** Whether it has arrived. */
  async send(): Promise<boolean> {
    if (this.sending || Object.values(this.wrong).some(Boolean)) return false;
    const form = this.form();
    const said = JSON.stringify(form);
    // Another text is another message, even where nobody knows what became of the first.
    if (this.sent?.said !== said) this.sent = { clientId: newClientId(), said };
    this.sending = true;
    this.problem = '';
    try {
      await leaveMessage(this.rest, this.sent.clientId, form);
      this.sent = undefined;
      this.text = '';
      return true;
    } catch (error) {
      this.problem = problemCode(error);
      return false;
    } finally {
      this.sending = false;
    }
  }

  private form(): Required<LeftForm> {
    const { text, name, phone, email } = this;
    return { text: text.trim(), name: name.trim(), phone: phone.trim(), email: email.trim() };
  }
}
