/** An IPv4 address, in the ways that a URL may write it; all but the last few mean the same host. */
export function spellAddress(address: string, random: () => number): string[] {
  const parts = address.split('.').map(Number) as [number, number, number, number];
  const whole = parts.reduce((sum, part) => sum * 256 + part, 0);
  const hex = (value: number, digits = 1) => value.toString(16).padStart(digits, '0');
  const [a, b, c, d] = parts;
  const mixed = parts.map((part) => {
    const spelling = Math.floor(random() * 3);
    return spelling === 0 ? part : spelling === 1 ? `0x${hex(part)}` : `0${part.toString(8)}`;
  });
  const mapped = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  return [
    address,
    `${address}.`,
    String(whole),
    `0x${hex(whole)}`,
    `0X${hex(whole, 8).toUpperCase()}`,
    `0${whole.toString(8)}`,
    `000000000000${whole.toString(8)}`,
    parts.map((part) => `0x${hex(part)}`).join('.'),
    parts.map((part) => `0${part.toString(8)}`).join('.'),
    parts.map((part) => `0000${part.toString(8)}`).join('.'),
    mixed.join('.'),
    `${a}.${b * 65_536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `0x${hex(a)}.0x${hex(b * 65_536 + c * 256 + d)}`,
    inDigits(address, 0xff10),
    inDigits(String(whole), 0xff10),
    inDigits(address, 0x1d7d8),
    address.replaceAll('.', '\u3002'),
    address.replaceAll('.', '\uff0e'),
    address.replaceAll('.', '\uff61'),
    percentEncoded(address),
    address.replace('.', '%2e'),
    `${address.slice(0, 2)}\u00ad${address.slice(2)}`,
    `${address.slice(0, 2)}\t${address.slice(2)}`,
    `${address.slice(0, 2)}\n${address.slice(2)}`,
    `[::ffff:${address}]`,
    `[::ffff:${mapped}]`,
    `[0:0:0:0:0:FFFF:${mapped.toUpperCase()}]`,
    `[::${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b::${mapped}]`,
    `[2002:${mapped}::1]`,
  ];
}

/** With the digits of another script, which a URL takes for its own. */
function inDigits(text: string, zero: number): string {
  return text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
}

function percentEncoded(text: string): string {
  return [...text].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
}
