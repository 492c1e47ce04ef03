import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { HEAP, lives } from '../support/attack.ts'
import { FleetObserver, reports } from '../support/fleet-observer.ts'

const deep = (open: string, close: string, times: number) => `${open.repeat(times)}1${close.repeat(times)}`
const dicts = [
    '{}',
    '{',
    '}',
    "{'a':}",
    "{'a' 1}",
    '{"a":1,,"b":2}',
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"toString":1,"valueOf":2,"hasOwnProperty":3}',
    `{"a":${deep('[', ']', 10_000)}}`,
    `{"a":${deep('{"a":', '}', 5000)}}`,
    `{'a':${deep('(', ')', 5000)}}`,
    `{"${'k'.repeat(20_000)}":1}`,
    `{"a":"${'v'.repeat(50_000)}"}`,
    '{"a":1e400,"b":-1e400}',
    '{"a":NaN,"b":Infinity}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0000"}',
    "{'a':'\\x41\\N{DEGREE SIGN}'}",
    "{'a':__import__('os').system('x')}",
    "{'a':lambda:0}",
    '{"a\\u0000b":1}',
    '{"":1}',
    '{"serial_number":"0002"}',
    "{'parameter_name':'x'}",
    "{'parameter_name':['x'],'_parameter_name':1}",
]
const headers = ['0001:0001:', '1:1:', '99999:0001:', '-1:0001:', '0001::', ':', '0001:0001', '٠٠٠١:0001:']
const frames: (string | Buffer)[] = [
    ...dicts.map((dict) => `0001:0001:${dict}`),
    ...dicts.map((dict) => JSON.stringify({ type: 'UPDT', message: `0002:0001:${dict}` })),
    ...headers.map((header) => `${header}{"a":1}`),
    ...[
        '',
        ' ',
        'null',
        '1',
        '[]',
        '{}',
        '{"type":"UPDT"}',
        '{"type":1,"message":{}}',
        '{"type":"INIT","message":[1]}',
        '{"message":"0001:0001:{}"',
        '\0',
    ],
    ...['FILT', 'INIT', 'UPDT', 'INFO', 'X'].map((type) => JSON.stringify({ type, message: `filter:a:=:${'x'.repeat(1000)}` })),
    ...[`filter:${'a:'.repeat(5000)}`, 'filter::::', 'sort:::', 'filter:a:=:(a+)+$', 'sort:__proto__:<:abc'].map((message) =>
        JSON.stringify({ type: 'FILT', message }),
    ),
    Buffer.alloc(0),
    Buffer.from([0xff, 0xfe, 0xfd]),
]

describe(`attacked with ${frames.length} odd frames, the fleet observer`, function () {
    this.timeout(60_000)
    let observer: FleetObserver
    before(async () => {
        observer = await FleetObserver.start({ env: HEAP })
    })
    after(() => observer.stop())

    for (const path of ['/update/', '/client/'])
        it(`${path} takes each, alone on a connection, and an honest device is heard all the while`, async () => {
            const honest = await observer.connect('/update/')
            for (const [i, frame] of frames.entries()) {
                await alone(observer.url(path), frame)
                if (i % 10 === 0) await reports(honest, String(i + 1).padStart(4, '0'), '7777', { i })
            }
            await reports(honest, '0999', '7777', { done: true })
            await lives(observer.red)
            const { body } = await observer.get('/devices')
            assert.ok(JSON.stringify(body).includes('7777'))
            await observer.leave()
        })
})

/** Sends one frame and waits until the server has surely read it: a ping behind it is answered, or the connection is over. */
async function alone(url: string, frame: string | Buffer): Promise<void> {
    const socket = new WebSocket(url)
    await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.once('close', () => resolve())
        socket.once('pong', () => resolve())
        socket.once('open', () => {
            socket.send(frame)
            socket.ping()
        })
    })
    socket.terminate()
}
