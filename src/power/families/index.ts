import { tasmota } from './tasmota.ts'

/** The plug families, by the names that a socket's settings call them by. */
export const families = { tasmota }
