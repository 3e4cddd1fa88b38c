/** Addresses as boards print them. */

/** A dotted quad that can be somebody's address: 0.x.x.x is what an unconnected board prints. */
export function isAddress(text: string): boolean {
  const octets = text.split('.');
  return (
    octets.length === 4 &&
    octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255) &&
    octets[0] !== '0'
  );
}
