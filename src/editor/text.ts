import type { EditorRED } from 'node-red'

declare const RED: EditorRED

/** Settings whose labels all nodes share. */
const shared = ['name', 'socket', 'store']

/** A text of a room's catalogue, in the language of whoever looks. */
export const textOf = (room: string, key: string, data: Record<string, string | number> = {}): string =>
    RED._(`@socketworks/node-red/${room}:${key}`, data)

/** Whether a room's catalogue has a text: the editor gives the key itself where there is none. */
export const hasText = (room: string, key: string): boolean => textOf(room, key) !== key

/** The key of what a setting is called in its dialog. */
export const labelKey = (key: string): string => `${shared.includes(key) ? 'common.' : ''}label.${key}`

/** What a setting is called in its dialog. */
export const labelOf = (room: string, key: string): string => textOf(room, labelKey(key))
