import { badInput, identifier, isMissing, Refusal } from '../lib/index.ts'
import type { Param } from './command.ts'
import type { CommandRule, Component, ParamRule } from './repository.ts'

/** What is wrong with a field, for whoever gave it. */
export interface Fault {
    path: string
    message: string
}

const types = ['number', 'integer', 'boolean', 'text'] as const
const MAX_COMMANDS = 100
const MAX_PARAMS = 100

/**
 * Checks a command against what its component can be told.
 * @param component undefined if nothing is known of it
 * @throws {@link Refusal} 422 `BAD_COMMAND` with all that is wrong, as `errors`
 */
export function checkCommand(component: Component | undefined, name: string, command: string, params: readonly Param[]): void {
    const faults = component
        ? faultsOf(component, command, params)
        : [{ path: 'componentId', message: `${name || 'a component without an id'} is not in the catalogue` }]
    if (faults.length === 0) return
    const text = faults.map(({ path, message }) => `${path}: ${message}`).join('; ')
    throw new Refusal(422, 'BAD_COMMAND', text, { errors: faults })
}

function faultsOf({ component, commands }: Component, command: string, params: readonly Param[]): Fault[] {
    if (!Object.hasOwn(commands, command)) {
        const known = Object.keys(commands).join(', ') || 'nothing'
        return [{ path: 'command', message: `${component} has no command ${command}, but ${known}` }]
    }
    const rules = commands[command]!.params
    const given = new Map(params.map((param, i) => [param.name, { ...param, path: `params[${i}]` }]))
    const faults: Fault[] = []
    for (const [name, rule] of Object.entries(rules)) {
        const param = given.get(name)
        const message = param ? faultOf(param.value, rule) : rule.optional ? undefined : `${name} is required`
        if (message !== undefined) faults.push({ path: param ? `${param.path}.value` : 'params', message })
    }
    for (const { name, path } of given.values())
        if (!Object.hasOwn(rules, name)) faults.push({ path: `${path}.name`, message: `${command} has no parameter ${name}` })
    if (given.size < params.length) faults.push({ path: 'params', message: 'a parameter is given twice' })
    return faults
}

function faultOf(value: unknown, rule: ParamRule): string | undefined {
    // As text a list with one value would pass for that value, and some objects cannot be made text at all.
    if (typeof value === 'object') return 'must be a text, a number or a boolean'
    if (rule.values && !rule.values.some((one) => String(one) === String(value))) return `must be ${rule.values.join(' or ')}`
    if (rule.type === 'boolean') return ['true', 'false', '1', '0'].includes(String(value)) ? undefined : 'must be true or false'
    if (rule.type === 'text') return faultOfText(value, rule)
    return faultOfNumber(value, rule)
}

function faultOfText(value: unknown, { maxLength = Number.POSITIVE_INFINITY }: ParamRule): string | undefined {
    if (typeof value !== 'string') return 'must be text'
    return value.length > maxLength ? `must have at most ${maxLength} characters` : undefined
}

/** OISP has numbers as text. */
function faultOfNumber(value: unknown, { type, min, max }: ParamRule): string | undefined {
    const isText = typeof value === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value)
    const number = isText ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number)) return 'must be a number'
    if (type === 'integer' && !Number.isInteger(number)) return 'must be a whole number'
    if (min !== undefined && number < min) return `must be at least ${min}`
    return max !== undefined && number > max ? `must be at most ${max}` : undefined
}

/**
 * Reads what a component can be told, as `{<command>: {params: {<name>: {type, min?, max?, maxLength?, values?, optional?}}}}`.
 * @throws {@link Refusal} 422 `BAD_INPUT`
 */
export function readRules(field: string, given: unknown): Record<string, CommandRule> {
    const commands = entries(field, given, MAX_COMMANDS).map(([name, rule]): [string, CommandRule] => {
        const path = `${field}.${name}`
        const { params: ofRule = {}, ...more } = Object.fromEntries(entries(path, rule, 1))
        const [unknown] = Object.keys(more)
        if (unknown !== undefined) throw badInput(`${path}.${unknown}`, 'is not known')
        const params = entries(`${path}.params`, ofRule, MAX_PARAMS)
        return [name, { params: Object.fromEntries(params.map(([param, one]) => [param, readRule(`${path}.params.${param}`, one)])) }]
    })
    return Object.fromEntries(commands)
}

function entries(field: string, given: unknown, most: number): [string, unknown][] {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw badInput(field, 'must be an object')
    const all = Object.entries(given)
    if (all.length > most) throw badInput(field, `must have at most ${most} entries`)
    for (const [name] of all) if (name === '__proto__') throw badInput(field, 'must not have __proto__')
    return all.map(([name, value]) => [identifier(field, name), value])
}

function readRule(field: string, given: unknown): ParamRule {
    const { type, min, max, maxLength, values, optional, ...more } = Object(given) as Record<string, unknown>
    const [unknown] = Object.keys(more)
    if (unknown !== undefined) throw badInput(`${field}.${unknown}`, 'is not known')
    const known = types.find((one) => one === type)
    if (known === undefined) throw badInput(`${field}.type`, `must be ${types.join(' or ')}`)
    const rule: ParamRule = { type: known }
    for (const [name, value] of Object.entries({ min, max, maxLength })) {
        if (value === undefined) continue
        if (typeof value !== 'number' || !Number.isFinite(value)) throw badInput(`${field}.${name}`, 'must be a number')
        rule[name as 'min' | 'max' | 'maxLength'] = value
    }
    if (values !== undefined) rule.values = readValues(`${field}.values`, values)
    if (optional === true) rule.optional = true
    return rule
}

function readValues(field: string, given: unknown): NonNullable<ParamRule['values']> {
    if (!Array.isArray(given) || given.length === 0 || given.length > MAX_PARAMS) throw badInput(field, 'must be a list')
    if (given.some((one) => !['string', 'number', 'boolean'].includes(typeof one)))
        throw badInput(field, 'must have texts, numbers or booleans')
    return given
}

/** Reads parameters as OISP has them, a list of `{name, value}`, or an object of values by name. @throws {@link Refusal} 422 `BAD_INPUT` */
export function readParams(field: string, given: unknown): Param[] {
    if (isMissing(given)) return []
    if (typeof given !== 'object' || given === null) throw badInput(field, 'must be a list of {name, value}, or an object')
    const all: unknown[] = Array.isArray(given) ? given : Object.entries(given).map(([name, value]) => ({ name, value }))
    if (all.length > MAX_PARAMS) throw badInput(field, `must be at most ${MAX_PARAMS}`)
    return all.map((one, i) => {
        const { name, value } = Object(one)
        if (value === undefined) throw badInput(`${field}[${i}].value`, 'is required')
        return { name: identifier(`${field}[${i}].name`, name), value }
    })
}
