/** Where a value ends, undefined if it does not, and how many characters were read to find that out. */
interface End {
    at: number | undefined
    scanned: number
}

const opening = '([{'
const closing = ')]}'

/**
 * Finds the end of a value in an unknown notation: before the next comma or closing bracket outside of brackets and quotes. There is no
 * end if a colon as after a key comes first.
 * @param max characters that may be scanned
 */
export function endOfOdd(text: string, start: number, max: number): End {
    const isAngled = text[start] === '<'
    let depth = 0
    let scanned = 0
    for (let at = start; at < text.length && scanned <= max; at++, scanned++) {
        const character = text[at]!
        if ((character === '"' || character === "'") && !isApostrophe(text, start, at)) {
            const end = endOfText(text, at)
            scanned += end.scanned
            at = end.at ?? at
        } else if (opening.includes(character) || (isAngled && character === '<')) depth++
        else if (depth === 0 && (character === ',' || closing.includes(character))) return { at, scanned }
        else if (depth === 0 && character === ':' && isAfterKey(text, at)) break
        else if (closing.includes(character) || (isAngled && character === '>')) depth--
    }
    return { at: undefined, scanned }
}

/** Unlike the colons in `12:30:00` or in a URL. */
const isAfterKey = (text: string, at: number): boolean => /["'\s]/.test(text[at - 1]!) || /\s/.test(text[at + 1] ?? ' ')

/** Whether a quote is an apostrophe within a word, and not the beginning of a text such as `b'x'`. */
function isApostrophe(text: string, start: number, at: number): boolean {
    const before = text.slice(Math.max(start, at - 3), at)
    return /\w$/.test(before) && !/(?:^|\W)[bfru]{1,2}$/i.test(before)
}

/** The end of a quoted text. */
function endOfText(text: string, start: number): End {
    for (let at = start + 1; at < text.length; at++) {
        if (text[at] === '\\') at++
        else if (text[at] === text[start]) return { at, scanned: at - start }
    }
    return { at: undefined, scanned: text.length - start }
}
