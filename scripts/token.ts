// npm run token -- device lamp: prints a token for the device `lamp` of the account `demo`, for the actuation gateway of `npm start`; and
// npm run token -- caller alice: one for somebody who gives commands.
import { makeToken } from './demo-keys.ts'

const roles: Record<string, string> = { device: 'device', caller: 'user' }
const [kind = '', sub, account = 'demo', days = '365'] = process.argv.slice(2)
const role = roles[kind]
if (role !== undefined && sub !== undefined && !sub.startsWith('-') && Number(days) > 0) {
    console.log(await makeToken('.node-red/keys', { sub, account, role }, Number(days)))
} else {
    console.error('npm run token -- device|caller <id> [account, default demo] [days until it expires, default 365]')
    process.exitCode = 2
}
