import type { EditorRED } from 'node-red'

declare const RED: EditorRED

/** Settings whose labels all nodes share. */
const shared = ['name', 'socket', 'store']

/** A text of a room's catalogue, in the language of whoever looks. */
export const textOf = (room: string, key: string, data: Record<string, string | number> = {}): string =>
    RED._(`@socketworks/node-red/${room}:${key}`, data)

/** What a setting is called in its dialog. */
export const labelOf = (room: string, key: string): string => textOf(room, `${shared.includes(key) ? 'common.' : ''}label.${key}`)
