/** A name is tried from its first character on only, so that hostile text costs no more than its length. */
const NAMED =
  /(?<![\w-])((?:(?=[\w-]*(?:pass|pwd|psk|secret|token|credential|api[-_]?key|wifi[-_]?key))[\w-]+|[\w-]*[_-]pw)["']?\s{0,4}[:=]\s{0,4})("[^"]*"?|'[^']*'?|[^\s"'&,;<>}]+)/gi;
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,200}@/gi;

/** Text from elsewhere with the values behind password-like names blanked, and the user part of URLs. */
export function withoutSecrets(text: string): string {
  return text.replace(USER_INFO, '$1***@').replace(NAMED, '$1***');
}
