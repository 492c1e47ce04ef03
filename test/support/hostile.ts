export interface Hostile {
    name: string
    value: unknown
    /** Means nothing given. */
    missing?: true
    /** May be an id. */
    id?: true
}

/** What comes from outside where a number or an id is wanted. */
export const hostile: readonly Hostile[] = [
    { name: 'nothing', value: undefined, missing: true },
    { name: 'null', value: null, missing: true },
    { name: 'blank text', value: '', missing: true },
    { name: 'a space', value: ' ' },
    { name: 'a word', value: 'abc', id: true },
    { name: 'true', value: true },
    { name: 'an empty array', value: [] },
    { name: 'an array with a number', value: [1] },
    { name: 'an object', value: {} },
    { name: 'an object that says it is a number', value: { valueOf: () => 1, toString: () => '1' } },
    { name: 'a negative number', value: -1 },
    { name: 'a negative number as text', value: '-1', id: true },
    { name: 'NaN', value: Number.NaN },
    { name: 'Infinity', value: Number.POSITIVE_INFINITY },
    { name: 'infinity as text', value: 'Infinity', id: true },
    { name: 'more than a number can be', value: '1e999', id: true },
    { name: 'hexadecimal text', value: '0x10', id: true },
    { name: 'a megabyte of text', value: '1'.repeat(1_000_000) },
    { name: 'text with NUL', value: '1\0' },
    { name: '300 characters', value: '9'.repeat(300) },
    { name: 'a function', value: () => 1 },
    { name: 'a bigint', value: 1n },
    { name: 'a buffer', value: Buffer.from('1') },
    { name: 'what JSON.parse makes of __proto__', value: JSON.parse('{"__proto__":{"timeout":1}}') },
]
