/** What the nodes' editors share: loaded once, by the plugin of this pack, as the global `socketworks`. */
import './style.ts'

export * from '../node-red/fields.ts'
export { doneOrRefused, outputs } from './appearance.ts'
export { configForm, form } from './form.ts'
export type { Get } from './hints.ts'
