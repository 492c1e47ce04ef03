import type { EditorRED } from 'node-red'

declare const RED: EditorRED

/** Settings whose labels all nodes share. */
const shared = ['name', 'socket', 'store']

/** A text of a node's catalogue, in the language of whoever looks. */
export const translate = (nodeName: string, key: string, data: Record<string, string | number> = {}): string =>
    RED._(`@socketworks/node-red/${nodeName}:${key}`, data)

/** Whether a node's catalogue has a text: the editor gives the key itself where there is none. */
export const hasText = (nodeName: string, key: string): boolean => translate(nodeName, key) !== key

/** The key of what a setting is called in its dialog. */
export const labelKey = (key: string): string => `${shared.includes(key) ? 'common.' : ''}label.${key}`

/** What a setting is called in its dialog. */
export const labelOf = (nodeName: string, key: string): string => translate(nodeName, labelKey(key))
