import { answer, defineNode } from '../../src/node-red/index.ts'
import { useSocket } from '../socket-config/client.ts'
import { RecoverConfig } from './schema.ts'

export default defineNode('recover', RecoverConfig, (context) => {
    const { of } = useSocket(context)
    return {
        changesState: true,
        async input(msg, send) {
            await of(msg).recover()
            send(answer(msg, { message: 'the socket can be started again' }))
        },
    }
})
