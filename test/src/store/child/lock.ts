// Locks a database file exclusively, says so, and lets go of it when its input ends.
import { DatabaseSync } from 'node:sqlite'

const database = new DatabaseSync(process.argv[2]!)
database.exec('begin exclusive')
process.stdout.write('locked\n')
process.stdin.resume().on('end', () => {
    database.exec('commit')
    database.close()
})
