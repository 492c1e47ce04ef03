import { type Reported, readRobotMessage, viewOf } from '../../src/jobs/index.ts'
import { identifier, Refusal } from '../../src/lib/index.ts'
import { answer, defineNode, input, liveStatus, nameOf } from '../../src/node-red/index.ts'
import { statusOf } from '../job-due/client.ts'
import { useJobs } from '../job-schedule/client.ts'
import { JobReportConfig } from './schema.ts'

export default defineNode('job-report', JobReportConfig, (context) => {
    const { RED, node, config, closed } = context
    const { store, bus, jobs } = useJobs(context)
    liveStatus(node, closed, statusOf(RED, { store, bus, jobs }))
    const words = { success: wordsOf(config.success), failure: wordsOf(config.failure) }
    return {
        changesState: true,
        async input(msg, send) {
            const said = await input(RED, node, config, 'answer', msg)
            const target = identifier(nameOf(config, 'robot'), await input(RED, node, config, 'robot', msg))
            const given = readRobotMessage(target, said, words)
            // It is about no job.
            if (!given) return
            const reported = await jobs.report(given)
            const refusal = refusalOf(reported)
            if (refusal) throw refusal
            send(answer(msg, { job: viewOf(reported.job!) }))
        },
        close: () => jobs.settled(),
    }
})

const wordsOf = (list: string): string[] => list.split(',').flatMap((word) => word.trim().toLowerCase() || [])

/** Why an answer does not count, if it does not. */
function refusalOf({ job, taken, reason }: Reported): Refusal | undefined {
    if (taken) return undefined
    const details = job && { job: viewOf(job) }
    if (reason === 'late') return new Refusal(409, 'LATE_ANSWER', 'it is about an attempt that is over, and is only noted', details)
    if (reason === 'foreign') return new Refusal(403, 'FOREIGN_JOB', 'it is about the job of another robot, and is only noted', details)
    return new Refusal(404, 'JOB_NOT_FOUND', 'it is about no job that is known, or the robot has none under way')
}
