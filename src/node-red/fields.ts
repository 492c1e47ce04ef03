import * as v from 'valibot'

/** What a node is set up with: its settings by name. */
export const settings = v.object

/** An `${ENV}` that is not set arrives as it was written: it counts as blank. */
const unset = /^\$\{[^}]+\}$/
const blank = (value: unknown) =>
    value === undefined || value === null || (typeof value === 'string' && value.trim() === '') || isVariable(value)

/** Whether a setting is an `${ENV}`, of which is known only when the node starts what it stands for. */
export const isVariable = (value: unknown): boolean => typeof value === 'string' && unset.test(value.trim())

/** What the dialog has to know of a setting beyond what is checked: which kind of field it is, and what goes with that kind. */
export type Field =
    | { kind: 'text' | 'list' | 'number' | 'flag'; placeholder?: string }
    | { kind: 'choice'; words: readonly string[] }
    | { kind: 'duration' | 'size'; unit: string; fallback: number }
    | { kind: 'node'; type: string; required: boolean }
    /** The name of an environment variable, for flows that are given away; the credential comes first. */
    | { kind: 'variable'; of: string; placeholder: string }
    | ({ kind: 'typed' } & TypedField)
    /** Belongs to another setting, and is shown beside it. */
    | { kind: 'part' }

/** @returns what the dialog has to know of a setting */
export const fieldOf = (schema: v.GenericSchema): Field => v.getMetadata(schema) as unknown as Field

const described = <T>(field: Field) => v.metadata<T, Record<string, unknown>>({ ...field })

/** A setting that is a text. */
type Text = v.GenericSchema<string | number | undefined, string>

/** A setting with a check of its own. @param message what is wrong otherwise */
export const checked = (schema: Text, isRight: (value: string) => boolean, message: string) => v.pipe(schema, v.check(isRight, message))

/** A setting that comes out in another shape. */
export const transformed = (schema: Text, change: (value: string) => string) => v.pipe(schema, v.transform(change))

/** A text setting; a blank one means `fallback`. */
export const text = (fallback = '') =>
    v.pipe(
        v.optional(v.union([v.string(), v.number()]), fallback),
        v.transform((value) => (blank(value) ? fallback : String(value).trim())),
        described({ kind: 'text', placeholder: fallback }),
    )

/** Texts with commas between; it stays one text. @param message what an entry that is wrong must be */
export const list = (fallback: string, isRight: (entry: string) => boolean, message: string) =>
    v.pipe(
        checked(text(fallback), (value) => value.split(',').every((entry) => entry.trim() === '' || isRight(entry.trim())), message),
        described({ kind: 'list', placeholder: fallback }),
    )

const host = /^(\*\.)?([^\s,:*/[\]]+|\[[\da-f:.]+\])(:\d{1,5})?$/i
const isHosts = (value: string) => value.split(/[\s,]+/).every((entry) => entry === '' || host.test(entry))

/** Hosts, separated by commas, `*.example.org` for all of a domain; a blank one means any. */
export const hosts = () => checked(text(), isHosts, 'must be hosts, separated by commas')

/** A time zone by its IANA name; a blank one means that of the process. */
export const timeZone = () => checked(text(), isTimeZone, 'must be a time zone such as Europe/Berlin')

function isTimeZone(zone: string): boolean {
    try {
        return zone === '' || Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
    } catch {
        return false
    }
}

/** Bytes of UTF-8 in the topic of an MQTT message. */
const LONGEST_TOPIC = 65_535

/** An MQTT topic, or a part of one; a blank one means `fallback`. */
export const topic = (fallback = '') =>
    v.pipe(
        text(fallback),
        v.check((value) => !/[+#\0]/.test(value), 'must not contain + or #'),
        v.maxBytes(LONGEST_TOPIC, `must have at most ${LONGEST_TOPIC} bytes`),
    )

interface Range {
    /** What a blank one means. */
    fallback: number
    min: number
    max: number
}

/** A whole number. The editor keeps every input as text, and `${ENV}` is put in as text, so it arrives as either. */
export const int = (o: Range) =>
    v.pipe(
        v.optional(v.union([v.number(), v.string()]), o.fallback),
        v.transform((value) => (blank(value) ? o.fallback : Number(value))),
        v.integer(`must be a whole number from ${o.min} to ${o.max}`),
        v.minValue(o.min, `must be at least ${o.min}`),
        v.maxValue(o.max, `must be at most ${o.max}`),
        described({ kind: 'number', placeholder: o.fallback === 0 ? '' : String(o.fallback) }),
    )

/** A number, not necessarily whole. */
export const number = (o: Range) =>
    v.pipe(
        v.optional(v.union([v.number(), v.string()]), o.fallback),
        v.transform((value) => (blank(value) ? o.fallback : Number(value))),
        v.number(`must be a number from ${o.min} to ${o.max}`),
        v.finite(`must be a number from ${o.min} to ${o.max}`),
        v.minValue(o.min, `must be at least ${o.min}`),
        v.maxValue(o.max, `must be at most ${o.max}`),
        described({ kind: 'number', placeholder: o.fallback === 0 ? '' : String(o.fallback) }),
    )

/** Milliseconds in each unit of a duration. */
export const durations = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Bytes in each unit of a size. */
const sizes = { bytes: 1, kB: 1024, MB: 1_048_576, GB: 1_073_741_824 } as const

/** The units by kind of field, from the smallest to the largest. */
export const unitsOf: Record<'duration' | 'size', Readonly<Record<string, number>>> = { duration: durations, size: sizes }

/** Reads `90`, `1.5 h` or `64 kB`. @returns the number, which is NaN if it is none, and its unit if it has one */
export function amount(written: string | number, units: Readonly<Record<string, number>>): { number: number; unit: string | undefined } {
    const [, number = '', unit] = /^\s*(\S+?)\s*([a-z]*)\s*$/i.exec(String(written)) ?? []
    const known = unit === '' || (unit !== undefined && Object.hasOwn(units, unit))
    return { number: known && number !== '' ? Number(number) : Number.NaN, unit: unit || undefined }
}

/** A number with a unit, `1.5 h`; one without a unit is counted in `unit`, and so is what it becomes. */
const quantity = <K extends 'duration' | 'size'>(kind: K, unit: string, { fallback, min, max }: Range) => {
    const units = unitsOf[kind]
    const read = (written: string | number): number => {
        const { number, unit: given = unit } = amount(written, units)
        const smallest = number * (units[given] ?? Number.NaN)
        return (kind === 'size' ? Math.round(smallest) : smallest) / units[unit]!
    }
    return v.pipe(
        v.optional(v.union([v.number(), v.string()]), fallback),
        v.transform((value) => (blank(value) ? fallback : read(value))),
        v.number(`must be a number, or one with a unit: ${Object.keys(units).join(', ')}`),
        v.finite(`must be a number, or one with a unit: ${Object.keys(units).join(', ')}`),
        v.minValue(min, `must be at least ${min} ${unit}`),
        v.maxValue(max, `must be at most ${max} ${unit}`),
        described({ kind, unit, fallback }),
    )
}

/** A duration, such as `5 min`. @param unit what a bare number is counted in, as are the limits and what the runtime gets */
export const duration = (unit: keyof typeof durations, range: Range) => quantity('duration', unit, range)

/** A number of bytes, such as `64 kB`. @param unit what a bare number is counted in, as are the limits and what the runtime gets */
export const size = (unit: keyof typeof sizes, range: Range) => quantity('size', unit, range)

/** A tick box. What `${ENV}` puts in is text, and has to be one of the two. */
export const flag = (fallback: boolean) =>
    v.pipe(
        v.optional(v.union([v.boolean(), v.string()]), fallback),
        v.transform((value) => (blank(value) ? fallback : (truths.get(String(value).trim().toLowerCase()) ?? value))),
        v.boolean('must be true or false'),
        described({ kind: 'flag' }),
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
        described({ kind: 'choice', words }),
    )

/** The id of a configuration node that has to be chosen. */
export const requiredNode = (type: string) =>
    v.pipe(v.optional(v.string(), ''), v.nonEmpty('must be chosen'), described({ kind: 'node', type, required: true }))

/** The id of a configuration node, or blank. */
export const optionalNode = (type: string) => v.pipe(v.optional(v.string(), ''), described({ kind: 'node', type, required: false }))

/** The name of the environment variable that stands in for a credential. @param example a name that one might have */
export const variable = (of: string, example: string) => v.pipe(text(), described({ kind: 'variable', of, placeholder: example }))

/** The types of a typed input: those that RED.util.evaluateNodeProperty knows, and `request`, a field of the body or else of the query. */
const inputTypes = ['msg', 'request', 'flow', 'global', 'env', 'jsonata', 'num', 'str', 'json', 'bool', 'date'] as const

/** What a typed input takes beside a property of the message and the like. */
export interface TypedField {
    literals: readonly ('num' | 'str' | 'json' | 'bool')[]
    /** What a literal text may be. */
    words?: readonly string[]
    /** Of a literal number. */
    min?: number
    max?: number
    whole?: boolean
    /** A literal text may be blank: nothing is asked for then. */
    blank?: boolean
    /** The setting with the unit that numbers are counted in. */
    unit?: string
}

interface TypedOptions extends TypedField {
    /** Where it comes from by default. @defaultValue the property of the payload that is named like the setting */
    value?: string
    /** @defaultValue `msg` */
    type?: (typeof inputTypes)[number]
}

/** What a literal may have become: `${ENV}` puts in a number or a boolean where a flow's variable is one. */
const literal = (fallback: string, how: TypedField) =>
    v.pipe(
        v.optional(v.union([v.string(), v.number(), v.boolean()]), fallback),
        v.transform((value) => (blank(value) ? '' : String(value))),
        described({ kind: 'typed', ...how }),
    )

const inputType = (fallback: (typeof inputTypes)[number]) =>
    v.pipe(v.optional(v.picklist(inputTypes), fallback), described({ kind: 'part' }))

/** The two settings of a typed input: where a value comes from, by default a property of the message. */
export const typed = <const K extends string>(key: K, { value = `payload.${key}`, type = 'msg', ...how }: TypedOptions) =>
    ({ [key]: literal(value, how), [`${key}Type`]: inputType(type) }) as { [P in K]: ReturnType<typeof literal> } & {
        [P in `${K}Type`]: ReturnType<typeof inputType>
    }

/** What the numbers of a typed input are counted in. @param fallback where nothing is set */
export const timeUnit = (fallback: keyof typeof durations) =>
    v.pipe(
        v.optional(v.string(), fallback),
        v.transform((value) => (blank(value) ? fallback : value.trim())),
        v.picklist(['ms', 's', 'min', 'h', 'd'], 'must be one of ms, s, min, h, d'),
        described({ kind: 'part' }),
    )
