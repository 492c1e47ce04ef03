import { amount, type Field, unitsOf } from '../node-red/fields.ts'
import { fieldIn } from './dialog.ts'

type Quantity = Extract<Field, { kind: 'duration' | 'size' }>

/** Blank, or a variable of the environment, which may have its unit with it. */
const hasNoUnit = (text: string) => text.trim() === '' || /^\s*\$\{[^}]+\}\s*$/.test(text)

/** A number and its unit as they are saved. */
const join = (number: string, unit: string) => (hasNoUnit(number) ? number.trim() : `${number.trim()} ${unit}`)

/** What is saved as the dialog shows it: a bare number in the largest unit in which it is whole. */
function split(saved: string, { kind, unit }: Quantity): [number: string, unit: string] {
    const units = unitsOf[kind]
    const { number, unit: given } = amount(saved, units)
    if (hasNoUnit(saved) || Number.isNaN(number)) return [saved, unit]
    if (given !== undefined) return [String(number), given]
    const total = number * units[unit]!
    const fitting = Object.keys(units).filter((name) => units[name]! >= units[unit]! && Number.isInteger(total / units[name]!))
    const shown = (number !== 0 && fitting.at(-1)) || unit
    return [String(shown === unit ? number : total / units[shown]!), shown]
}

/** Shows a number and its unit in their two fields. */
export function prepareQuantity(node: { id: string }, key: string, field: Quantity): void {
    const number = fieldIn(node, key)!
    const unit = fieldIn(node, `${key}-unit`)!
    const saved = String(Reflect.get(node, key) ?? '')
    const [shown, fitting] = split(saved, field)
    number.val(shown).attr('placeholder', split(String(field.fallback), field).join(' '))
    number.data('untouched', { [join(shown, fitting)]: saved })
    unit.val(fitting).on('change', () => void number.trigger('change'))
    number.on('input change', () => {
        const isVariable = hasNoUnit(String(number.val())) && number.val() !== ''
        unit.prop('disabled', isVariable)
        if (isVariable) unit.val(field.unit)
    })
}

/** Puts both together in the field that is saved. What was not touched stays as it was written. */
export function saveQuantity(node: { id: string }, key: string): void {
    const number = fieldIn(node, key)!
    const now = withUnit(node, key, String(number.val()))
    number.val(number.data('untouched')[now] ?? now)
}

/** What is meant by a value: in an open dialog the number has its unit beside it. */
export function withUnit(node: { id: string }, key: string, value: string): string {
    const unit = fieldIn(node, `${key}-unit`)
    return unit ? join(value, String(unit.val())) : value
}

/** A limit in the unit that the dialog shows beside the number. */
export function limitOf(node: { id: string }, key: string, limit: number, { kind, unit }: Quantity): number {
    const shown = String(fieldIn(node, `${key}-unit`)?.val() ?? unit)
    return Number(((limit * unitsOf[kind][unit]!) / unitsOf[kind][shown]!).toPrecision(6))
}
