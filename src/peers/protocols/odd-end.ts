/** Where an odd value ends, undefined if it does not, and how many characters were looked at for that. */
export interface End {
    at: number | undefined
    looked: number
}

const opening = '([{'
const closing = ')]}'

/**
 * Finds where a value ends whose notation is not known: before the next comma or bracket that is neither within brackets of its own nor
 * within quotes. What has a colon as it comes after a key is no value, but more than one.
 * @param most characters that may be looked at
 */
export function endOfOdd(text: string, start: number, most: number): End {
    const isAngled = text[start] === '<'
    let depth = 0
    let looked = 0
    for (let at = start; at < text.length && looked <= most; at++, looked++) {
        const character = text[at]!
        if ((character === '"' || character === "'") && !isApostrophe(text, start, at)) {
            const end = endOfText(text, at)
            looked += end.looked
            at = end.at ?? at
        } else if (opening.includes(character) || (isAngled && character === '<')) depth++
        else if (depth === 0 && (character === ',' || closing.includes(character))) return { at, looked }
        else if (depth === 0 && character === ':' && isAfterKey(text, at)) break
        else if (closing.includes(character) || (isAngled && character === '>')) depth--
    }
    return { at: undefined, looked }
}

/** Not so within `12:30:00`, or an address. */
const isAfterKey = (text: string, at: number): boolean => /["'\s]/.test(text[at - 1]!) || /\s/.test(text[at + 1] ?? ' ')

/** Whether it comes after a letter that is no prefix of a text, as in `b'x'`. */
function isApostrophe(text: string, start: number, at: number): boolean {
    const before = text.slice(Math.max(start, at - 3), at)
    return /\w$/.test(before) && !/(?:^|\W)[bfru]{1,2}$/i.test(before)
}

/** Where quotes are closed, if they are. */
function endOfText(text: string, start: number): End {
    for (let at = start + 1; at < text.length; at++) {
        if (text[at] === '\\') at++
        else if (text[at] === text[start]) return { at, looked: at - start }
    }
    return { at: undefined, looked: text.length - start }
}
