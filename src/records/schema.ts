import { badInput, type Fault, isoTime, same } from '../lib/index.ts'

/**
 * The part of JSON Schema (2020-12) that documents are checked with: `type`, `enum`, `const`, `properties`, `required`,
 * `additionalProperties`, `items`, `minItems`, `maxItems`, `minLength`, `maxLength`, `pattern`, `format` (`date-time` only), `minimum`,
 * `maximum`, `exclusiveMinimum` and `exclusiveMaximum`; and, beyond it, `ascending`, the property by which the items of a list ascend, and
 * `distinct`, the properties in which no two items of a list are the same.
 * A keyword that is not among these is refused where the schema is read, as a check that is left out would be missed by nobody.
 */
export type Schema = Readonly<Record<string, unknown>>

type Tell = (path: string, message: string) => void

interface Keyword {
    /** What its value must be. */
    wants: string
    takes(limit: unknown): boolean
    check(value: unknown, limit: never, tell: Tell, schema: Schema): void
}

/** Faults that are told at once. */
const MAX_FAULTS = 20
/** Levels of a schema. */
const MAX_DEPTH = 32
/** What says nothing of a document. */
const annotations = new Set(['title', 'description', 'default', 'examples', '$schema', '$id', '$comment'])

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isText = (value: unknown): value is string => typeof value === 'string'

const types: Record<string, (value: unknown) => boolean> = {
    object: isObject,
    array: Array.isArray,
    string: isText,
    number: isNumber,
    integer: Number.isInteger,
    boolean: (value) => typeof value === 'boolean',
    null: (value) => value === null,
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

/** A keyword that compares a size. @param size undefined for what has none, which is not checked then */
const bound = (
    size: (value: unknown) => number | undefined,
    isRight: (size: number, limit: number) => boolean,
    words: string,
): Keyword => ({
    wants: 'a number',
    takes: isNumber,
    check(value, limit: number, tell) {
        const found = size(value)
        if (found !== undefined && !isRight(found, limit)) tell('', words.replace('#', String(limit)))
    },
})
const own = (value: unknown) => (isNumber(value) ? value : undefined)
/** In characters as JSON Schema counts them, not in UTF-16 units. */
const length = (value: unknown) => (isText(value) ? [...value].length : undefined)
const count = (value: unknown) => (Array.isArray(value) ? value.length : undefined)
const atLeast = (size: number, limit: number) => size >= limit
const atMost = (size: number, limit: number) => size <= limit

const keywords: Record<string, Keyword> = {
    type: {
        wants: Object.keys(types).join(', '),
        takes: (limit) => listOf(limit).every((type) => isText(type) && Object.hasOwn(types, type)),
        check(value, limit: unknown, tell) {
            if (!listOf(limit).some((type) => types[String(type)]!(value))) tell('', `must be of the type ${listOf(limit).join(' or ')}`)
        },
    },
    enum: {
        wants: 'a list',
        takes: Array.isArray,
        check(value, limit: unknown[], tell) {
            if (!limit.some((one) => same(one, value))) tell('', `must be ${limit.map((one) => JSON.stringify(one)).join(' or ')}`)
        },
    },
    const: {
        wants: 'anything',
        takes: () => true,
        check: (value, limit: unknown, tell) => same(value, limit) || tell('', `must be ${JSON.stringify(limit)}`),
    },
    minimum: bound(own, atLeast, 'must be at least #'),
    maximum: bound(own, atMost, 'must be at most #'),
    exclusiveMinimum: bound(own, (size, limit) => size > limit, 'must be more than #'),
    exclusiveMaximum: bound(own, (size, limit) => size < limit, 'must be less than #'),
    minLength: bound(length, atLeast, 'must have at least # characters'),
    maxLength: bound(length, atMost, 'must have at most # characters'),
    minItems: bound(count, atLeast, 'must have at least # entries'),
    maxItems: bound(count, atMost, 'must have at most # entries'),
    pattern: {
        wants: 'a regular expression',
        takes: isPattern,
        check(value, limit: string, tell) {
            if (isText(value) && !new RegExp(limit, 'u').test(value)) tell('', `must fit ${limit}`)
        },
    },
    format: {
        wants: 'date-time',
        takes: (limit) => limit === 'date-time',
        check(value, _limit, tell) {
            if (isText(value) && !Number.isFinite(isoTime(value))) tell('', 'must be a time in ISO 8601')
        },
    },
    required: {
        wants: 'a list of names',
        takes: isTexts,
        check(value, limit: string[], tell) {
            if (isObject(value)) for (const name of limit) if (!Object.hasOwn(value, name)) tell(step(name), 'is required')
        },
    },
    properties: {
        wants: 'an object of schemas',
        takes: (limit) => isObject(limit) && Object.values(limit).every(isObject),
        check(value, limit: Record<string, Schema>, tell) {
            if (!isObject(value)) return
            for (const [name, schema] of Object.entries(limit))
                if (Object.hasOwn(value, name)) check(value[name], schema, below(step(name), tell))
        },
    },
    additionalProperties: {
        wants: 'true, false or a schema',
        takes: (limit) => typeof limit === 'boolean' || isObject(limit),
        check(value, limit: boolean | Schema, tell, { properties }) {
            if (!isObject(value) || limit === true) return
            for (const name of Object.keys(value)) {
                if (isObject(properties) && Object.hasOwn(properties, name)) continue
                if (limit === false) tell(step(name), 'is not known')
                else check(value[name], limit, below(step(name), tell))
            }
        },
    },
    items: {
        wants: 'a schema',
        takes: isObject,
        check(value, limit: Schema, tell) {
            if (Array.isArray(value)) value.forEach((item, i) => void check(item, limit, below(`[${i}]`, tell)))
        },
    },
    ascending: {
        wants: 'the name of a property',
        takes: isText,
        check(value, name: string, tell) {
            if (!Array.isArray(value)) return
            const places = value.map((item) => orderOf(isObject(item) && Object.hasOwn(item, name) ? item[name] : undefined))
            places.forEach((place, i) => {
                if (i > 0 && place <= places[i - 1]!) tell(`[${i}]${step(name)}`, 'must be after the one before it')
            })
        },
    },
    distinct: {
        wants: 'a list of names',
        takes: isTexts,
        check(value, names: string[], tell) {
            if (!Array.isArray(value)) return
            for (const name of names) {
                const seen = new Set<string>()
                value.forEach((item, i) => {
                    if (!isObject(item) || !Object.hasOwn(item, name)) return
                    const key = JSON.stringify(item[name])
                    if (seen.has(key)) tell(`[${i}]${step(name)}`, 'must not be that of another one')
                    seen.add(key)
                })
            }
        },
    },
}

/** Where a value comes in an order: a number, or a time in ISO 8601. */
const orderOf = (value: unknown): number => (isNumber(value) ? value : isText(value) ? isoTime(value) : Number.NaN)

function isPattern(value: unknown): boolean {
    try {
        return isText(value) && new RegExp(value, 'u') instanceof RegExp
    } catch {
        return false
    }
}

const step = (name: string): string => `.${name}`
const below =
    (path: string, tell: Tell): Tell =>
    (rest, message) =>
        tell(path + rest, message)

/** The schemas within one, with where they are. */
const inner = ({ properties, items, additionalProperties }: Schema): [path: string, schema: Schema][] => [
    ...Object.entries(isObject(properties) ? properties : {}).map(([name, one]): [string, Schema] => [
        `.properties.${name}`,
        one as Schema,
    ]),
    ...(isObject(items) ? [['.items', items] as [string, Schema]] : []),
    ...(isObject(additionalProperties) ? [['.additionalProperties', additionalProperties] as [string, Schema]] : []),
]

/**
 * Reads a schema.
 * @param field what a refusal names
 * @throws {@link Refusal} 422 `BAD_INPUT` for a keyword that is not known, or whose value is wrong
 */
export function readSchema(field: string, given: unknown, levels = MAX_DEPTH): Schema {
    if (!isObject(given)) throw badInput(field, 'must be an object')
    if (levels === 0) throw badInput(field, `must not be nested deeper than ${MAX_DEPTH} levels`)
    for (const [name, limit] of Object.entries(given)) {
        if (annotations.has(name)) continue
        if (!Object.hasOwn(keywords, name)) throw badInput(`${field}.${name}`, `is not known, but ${Object.keys(keywords).join(', ')}`)
        const { takes, wants } = keywords[name]!
        if (!takes(limit)) throw badInput(`${field}.${name}`, `must be ${wants}`)
    }
    for (const [path, schema] of inner(given)) readSchema(field + path, schema, levels - 1)
    return given
}

function check(value: unknown, schema: Schema, tell: Tell): void {
    for (const [name, limit] of Object.entries(schema))
        if (Object.hasOwn(keywords, name)) keywords[name]!.check(value, limit as never, tell, schema)
}

/** What is wrong with a document, the first of it, each with its path: `value.points[1].at`. @param root what the path begins with */
export function faultsOf(root: string, value: unknown, schema: Schema): Fault[] {
    const faults: Fault[] = []
    check(value, schema, (path, message) => faults.length < MAX_FAULTS && faults.push({ path: root + path, message }))
    return faults
}
