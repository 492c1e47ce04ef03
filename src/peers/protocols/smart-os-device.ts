import { detached } from '../../lib/index.ts'
import type { Incoming, Protocol } from '../session.ts'
import type { Odd } from './odd.ts'
import { bare, isDict, isFrameType, readEither, smartOsOpen } from './smart-os.ts'

/** A serial number may contain colons, as MAC addresses do: it ends where the parameters begin. */
const SERIAL = String.raw`(?!:)[^\s"'{}\p{C}]{1,64}(?<!:)`
const HEADER = new RegExp(String.raw`^(\d{4}):(${SERIAL}):(?=\s*\{)`, 'u')
/** Finds the header in a frame that cannot be read. */
const HEADER_SOMEWHERE = new RegExp(String.raw`["'](\d{4}):(${SERIAL}):(?=\s*\{)`, 'u')
/** The same for messages without parameters, which are refused. */
const SIMPLE_HEADER = /^(\d{4}):([^\s:"'{}\p{C}]{1,64}):/u
const SIMPLE_HEADER_SOMEWHERE = /["'](\d{4}):([^\s:"'{}\p{C}]{1,64}):/u
const NOBODY = '0000:0000'
const MAX_NAME = 128

interface Message {
    header: string
    sequence: number
    serial: string
    dict: string
}

/**
 * What a SMART-OS device speaks (seed `SolMate Real-Time ObServer`): `"<4-digit message id>:<serial>:<dict>"`, bare or as the message of
 * a frame `{"type": "UPDT" | "INIT", "message"}`. A flow gets `{ id, set, kind, sequence }`; an answer repeats id and serial, with `OK` or
 * `ERROR`. Frames and dicts are JSON or Python literals.
 *
 * Names come with or without a leading underscore, which marks internal attributes of the device's program; if both are in one dict, the
 * one without wins. The pair form, with a name as `parameter_name` and a value as `_parameter_name`, sets the property of that name.
 */
export const smartOsDevice: Protocol = {
    tellsId: true,
    open: smartOsOpen({
        group: "SolServerConsumer: groups ['updates']",
        read: (text) => update(bare(text)),
        unreadable: (text) => `${headerOf(text)}:ERROR`,
        reply(ref, statusCode) {
            const header = isDict(ref) && typeof ref.header === 'string' ? ref.header : NOBODY
            return `${header}:${statusCode < 400 ? 'OK' : 'ERROR'}`
        },
    }),
}

function update(text: string): Incoming | undefined {
    const opened = open(text)
    if (!opened) return undefined
    const { kind, message } = opened
    const { header, sequence, serial, dict } = split(message)
    const odd: Odd[] = []
    const content = readEither(dict, odd)
    if (!isDict(content)) throw new SyntaxError('the parameters are no dict')
    const set = properties(content)
    if (!sameSerial(set.serial_number, serial)) throw new SyntaxError(`serial_number contradicts the header's ${serial}`)
    Reflect.deleteProperty(set, 'serial_number')
    const incoming: Incoming = { payload: payloadOf(serial, set, kind, sequence), id: serial, reply: { header } }
    if (odd.length > 0) incoming.odd = odd.map((one) => ({ ...one, path: one.path.replace(/^_/, '') }))
    return incoming
}

/** Not one literal, which would live too long in memory: see Outcome in src/fleet. */
function payloadOf(id: string, set: Record<string, unknown>, kind: string, sequence: number): Record<string, unknown> {
    const payload: Record<string, unknown> = {}
    payload.id = id
    payload.set = set
    payload.kind = kind
    payload.sequence = sequence
    return payload
}

/** The message in a frame or in quotes; undefined for a frame of type INFO. */
function open(text: string): { kind: 'INIT' | 'UPDT'; message: string } | undefined {
    if (!/^["'{]/.test(text)) return { kind: 'UPDT', message: text }
    const frame = readEither(text)
    if (typeof frame === 'string') return { kind: 'UPDT', message: bare(frame) }
    if (!isDict(frame) || !isFrameType(frame.type)) throw new SyntaxError('type must be UPDT or INIT')
    // Information is not answered: two programs might answer each other for ever.
    if (frame.type === 'INFO') return undefined
    if (frame.type === 'FILT') throw new SyntaxError('type must be UPDT or INIT')
    if (typeof frame.message !== 'string') throw new SyntaxError('message must be text')
    return { kind: frame.type, message: bare(frame.message) }
}

function split(message: string): Message {
    const [start, id, found] = HEADER.exec(message) ?? SIMPLE_HEADER.exec(message) ?? []
    if (start === undefined || id === undefined || found === undefined)
        throw new SyntaxError('a message begins with its four-digit id, a colon, the serial number and a colon')
    const serial = detached(found)
    return { header: `${id}:${serial}`, sequence: Number(id), serial, dict: message.slice(start.length) }
}

function headerOf(text: string): string {
    const bared = bare(text)
    const [, id, serial] =
        HEADER.exec(bared) ?? SIMPLE_HEADER.exec(bared) ?? HEADER_SOMEWHERE.exec(text) ?? SIMPLE_HEADER_SOMEWHERE.exec(text) ?? []
    return id === undefined ? NOBODY : `${id}:${serial}`
}

function properties(content: Record<string, unknown>): Record<string, unknown> {
    const { parameter_name: name, _parameter_name: value } = content
    const isPair = typeof name === 'string' && Object.hasOwn(content, '_parameter_name')
    const set: Record<string, unknown> = {}
    for (const key of Object.keys(content)) {
        if (isPair && (key === 'parameter_name' || key === '_parameter_name')) continue
        const plain = plainName(key)
        if (plain === key || !Object.hasOwn(content, plain)) set[plain] = content[key]
    }
    if (isPair) set[plainName(name)] = value
    return set
}

/** A name without its leading underscore. */
function plainName(key: string): string {
    const name = key.startsWith('_') ? key.slice(1) : key
    if (name === '' || name.length > MAX_NAME || name === '__proto__' || /[\p{Cc}\p{Cs}]/u.test(name))
        throw new SyntaxError(`${JSON.stringify(key.slice(0, 40))} is no name`)
    return name
}

/** A device may leave out its serial number, or send it as a number, without leading zeros. */
function sameSerial(given: unknown, serial: string): boolean {
    if (given === undefined || given === null || given === serial) return true
    // A number that is too large for JavaScript has become text.
    const isNumber = typeof given === 'number' || (typeof given === 'string' && given.length > 15)
    return isNumber && String(given) === serial.replace(/^0+(?=\d)/, '')
}
