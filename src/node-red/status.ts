import type { NodeStatus } from 'node-red'
import { oneLine } from './tidy-log.ts'

/** Characters that the editor has room for below a node. */
const LONGEST = 60

const make =
    (fill: 'red' | 'green' | 'yellow' | 'blue' | 'grey', shape: 'ring' | 'dot') =>
    (text: string): NodeStatus => ({ fill, shape, text: oneLine(text, LONGEST) })

/** The only looks a node has. A text without data is a key, which the editor translates; one with data comes from RED._(). */
export const status = {
    idle: make('grey', 'ring'),
    connecting: make('yellow', 'ring'),
    running: make('green', 'dot'),
    waiting: make('blue', 'ring'),
    refused: make('yellow', 'dot'),
    broken: make('red', 'ring'),
    halted: make('red', 'dot'),
}
