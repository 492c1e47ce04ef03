import * as v from 'valibot'

/** An `${ENV}` that is not set arrives as it was written: it counts as blank. */
const unset = /^\$\{[^}]+\}$/
const blank = (value: unknown) =>
    value === undefined || value === null || (typeof value === 'string' && (value.trim() === '' || unset.test(value.trim())))

/** A text setting; a blank one means `fallback`. */
export const text = (fallback = '') =>
    v.pipe(
        v.optional(v.union([v.string(), v.number()]), fallback),
        v.transform((value) => (blank(value) ? fallback : String(value).trim())),
    )

/** Bytes of UTF-8 in the topic of an MQTT message. */
const LONGEST_TOPIC = 65_535

/** An MQTT topic, or a part of one; a blank one means `fallback`. */
export const topic = (fallback = '') =>
    v.pipe(
        text(fallback),
        v.check((value) => !/[+#\0]/.test(value), 'must not contain + or #'),
        v.maxBytes(LONGEST_TOPIC, `must have at most ${LONGEST_TOPIC} bytes`),
    )

/** A whole number. The editor keeps every input as text, and `${ENV}` is put in as text, so it arrives as either. */
export const int = (o: { fallback: number; min: number; max: number }) =>
    v.pipe(
        v.optional(v.union([v.number(), v.string()]), o.fallback),
        v.transform((value) => (blank(value) ? o.fallback : Number(value))),
        v.integer(`must be a whole number from ${o.min} to ${o.max}`),
        v.minValue(o.min, `must be at least ${o.min}`),
        v.maxValue(o.max, `must be at most ${o.max}`),
    )

/** A number, not necessarily whole. */
export const number = (o: { fallback: number; min: number; max: number }) =>
    v.pipe(
        v.optional(v.union([v.number(), v.string()]), o.fallback),
        v.transform((value) => (blank(value) ? o.fallback : Number(value))),
        v.number(`must be a number from ${o.min} to ${o.max}`),
        v.finite(`must be a number from ${o.min} to ${o.max}`),
        v.minValue(o.min, `must be at least ${o.min}`),
        v.maxValue(o.max, `must be at most ${o.max}`),
    )

/** A tick box. What `${ENV}` puts in is text, and has to be one of the two. */
export const flag = (fallback: boolean) =>
    v.pipe(
        v.optional(v.union([v.boolean(), v.string()]), fallback),
        v.transform((value) => (blank(value) ? fallback : (truths.get(String(value).trim().toLowerCase()) ?? value))),
        v.boolean('must be true or false'),
    )

const truths = new Map([
    ['true', true],
    ['false', false],
])

/** One of a few words; a blank one means the first. */
export const choice = <const T extends readonly [string, ...string[]]>(...words: T) =>
    v.pipe(
        v.optional(v.union([v.string(), v.number()]), words[0]),
        v.transform((value) => (blank(value) ? words[0] : String(value).trim())),
        v.picklist(words, `must be one of ${words.join(', ')}`),
    )

/** The id of a configuration node that has to be chosen. */
export const chosen = v.pipe(v.optional(v.string(), ''), v.nonEmpty('must be chosen'))

/** The types of a typed input: those that RED.util.evaluateNodeProperty knows, and `request`, a field of the body or else of the query. */
const inputTypes = ['msg', 'request', 'flow', 'global', 'env', 'jsonata', 'num', 'str', 'json', 'bool', 'date'] as const

/** What a literal may have become: `${ENV}` puts in a number or a boolean where a flow's variable is one. */
const literal = (fallback: string) =>
    v.pipe(
        v.optional(v.union([v.string(), v.number(), v.boolean()]), fallback),
        v.transform((value) => (blank(value) ? '' : String(value))),
    )

const inputType = (fallback: (typeof inputTypes)[number]) => v.optional(v.picklist(inputTypes), fallback)

/** The two settings of a typed input: where a value comes from, by default a property of the message. */
export const typed = <const K extends string>(key: K, fallback = `payload.${key}`, type: (typeof inputTypes)[number] = 'msg') =>
    ({ [key]: literal(fallback), [`${key}Type`]: inputType(type) }) as { [P in K]: ReturnType<typeof literal> } & {
        [P in `${K}Type`]: ReturnType<typeof inputType>
    }
