/** Bytes of a name: what file systems take. */
const LONGEST = 255
/** Names of devices on Windows, whatever follows after a dot. */
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)/i
/** A dot, a slash, a backslash or a control character, written as in a URL, however many times over. */
const encoded = /%(25)*(2e|2f|5c|[01][0-9a-f]|7f)/i

/** What is wrong with a text as the name of a file on any system; undefined if nothing is. */
export function nameFault(name: string): string | undefined {
    if (name.trim() === '') return 'must not be blank'
    if (Buffer.byteLength(name) > LONGEST) return `must not have more than ${LONGEST} bytes between slashes`
    if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) return 'must not hold control characters'
    if (/[/\\:*?"<>|]/.test(name) || encoded.test(name)) return 'must not hold any of / \\ : * ? " < > |, nor dots or slashes as %2e or %2f'
    if (/^[.~\s]|[.\s]$/.test(name)) return 'must not begin with a dot, ~ or a blank, nor end with a dot or a blank'
    if (reserved.test(name)) return 'must not be the name of a device, such as CON or NUL'
    return undefined
}
