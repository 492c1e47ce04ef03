// npm run token -- lamp demo: prints a token for the device or caller `lamp` of the account `demo`, for the actuation gateway of `npm start`.
import { makeToken } from './demo-keys.ts'

const [sub, account = 'demo', days = '365'] = process.argv.slice(2)
if (sub === undefined) throw new Error('npm run token -- <device or caller> [account] [days]')
console.log(await makeToken('.node-red/keys', sub, account, Number(days)))
