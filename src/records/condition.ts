import { badInput } from '../lib/index.ts'

/** Versions of a record; `any` means that there is a record at all. */
type Versions = readonly number[] | 'any'

/** What a record has to be to be changed. Both are undefined where any may be. */
export interface Condition {
    /** It has one of these versions. */
    match?: Versions | undefined
    /** It has none of these versions. */
    noneMatch?: Versions | undefined
}

/** Versions that a header may name. */
const MAX_TAGS = 100

/** The entity tag of a version, as the header `ETag` has it (RFC 9110, 8.8.3). */
export const etagOf = (version: number): string => `"${version}"`

/** @param version that of the record; undefined if there is none */
export const fits = ({ match, noneMatch }: Condition, version: number | undefined): boolean =>
    (match === undefined || isAmong(match, version)) && (noneMatch === undefined || !isAmong(noneMatch, version))

const isAmong = (versions: Versions, version: number | undefined): boolean =>
    version !== undefined && (versions === 'any' || versions.includes(version))

/** The condition that a record has a version, or none at all if that is 0; undefined means whichever. */
export const conditionOn = (version: number | undefined): Condition =>
    version === 0 ? { noneMatch: 'any' } : { match: version === undefined ? undefined : [version] }

/**
 * The condition in the headers of a request, `If-Match` and `If-None-Match` (RFC 9110, 13.1).
 * @returns undefined if they have none
 * @throws {@link Refusal} 422 `BAD_INPUT` naming the header
 */
export function conditionOf(headers: Readonly<Record<string, unknown>>): Condition | undefined {
    const { 'if-match': match, 'if-none-match': noneMatch } = headers
    if (match === undefined && noneMatch === undefined) return undefined
    return { match: readTags('If-Match', match, false), noneMatch: readTags('If-None-Match', noneMatch, true) }
}

/** @param isWeakEnough whether a weak tag stands for its version; to a change it does not */
function readTags(header: string, given: unknown, isWeakEnough: boolean): Versions | undefined {
    if (given === undefined) return undefined
    const text = String(given).trim()
    if (text === '*') return 'any'
    const tags = text.split(',').map((tag) => /^(W\/)?"([^"]*)"$/.exec(tag.trim()))
    if (tags.length > MAX_TAGS || tags.includes(null))
        throw badInput(header, `must be *, or at most ${MAX_TAGS} entity tags in quotation marks`)
    // A tag that we never give belongs to no version.
    return tags.map((tag) => (/^\d{1,15}$/.test(tag![2]!) && (isWeakEnough || !tag![1]) ? Number(tag![2]) : Number.NaN))
}
