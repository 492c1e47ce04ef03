import { noise } from '../plug/curves.ts'

/** How the values of a device go on: from 0 to `max`, whole numbers. */
export type Shape = 'random' | 'linear' | 'sine'

export const shapes: readonly Shape[] = ['random', 'linear', 'sine']

export const isShape = (name: string): name is Shape => (shapes as readonly string[]).includes(name)

/** Values from bottom to top of a line, and of a whole wave. */
const LINE = 20
const WAVE = 40

/** Always the same numbers from 0 to 1 for the same seed. */
export function numbers(seed: number): () => number {
    let place = 0
    return () => noise(seed, place++)
}

/** What comes next, for ever. A line rises and begins again at the bottom; it and a wave begin anywhere. */
export function values(shape: Shape, max: number, chance: () => number): () => number {
    const start = chance()
    let count = 0
    return () => {
        count++
        if (shape === 'random') return Math.round(chance() * max)
        if (shape === 'linear') return Math.round(((start + count / LINE) % 1) * max)
        return Math.round((max / 2) * (1 + Math.sin(2 * Math.PI * (start + count / WAVE))))
    }
}
