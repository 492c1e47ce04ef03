/**
 * Jobs: at a time, or again and again, something is sent to a robot or to a flow, and followed to its end.
 *
 * | status | means | goes on with |
 * |---|---|---|
 * | scheduled | its time is to come | due; cancelled; expired (missed while nobody was there) |
 * | due | it waits for its target, for a place among what is under way there, or for its next attempt | sent; cancelled; expired |
 * | sent | it was handed over | running; succeeded; failed; due (the attempt failed, or it did not leave); cancelled |
 * | running | its robot says that it runs it | the same |
 * | succeeded, failed, cancelled, expired | it has ended | due, by `retry` of one that has not succeeded |
 *
 * The table of jobs is the truth and the queue: what waits costs no memory until it is soon due. Whatever happens goes through {@link step}, which is pure, and
 * what happens at the same time goes in one commit. Jobs are sent in rounds, each of which is one commit, too: first what is due becomes
 * due and takes the places that are free, then what waited does; when that is committed, it is handed to the {@link JobPort}. A message
 * that nobody waits before is handed over when it is due, and written down afterwards: after a kill it is sent again.
 *
 * Due times follow the wall clock, however that is set; deadlines follow the monotonic clock for as long as the process lives.
 */
export { HostQueue } from './host-queue.ts'
export type { Job, JobChanges, JobOrder, Reported } from './job.ts'
export type { Jobs } from './jobs.ts'
export { jobsOn } from './jobs-on.ts'
export type { Delivered } from './machine.ts'
export { isUrl, type JobPackage, packageFaults } from './package.ts'
export { packageFiles } from './package-files.ts'
export { makeProbe, type Probe, type ProbeRules } from './package-probe.ts'
export { OPEN } from './record.ts'
export { readRobotMessage } from './robot-message.ts'
export { Robots } from './robots.ts'
export { previewRuns } from './schedule.ts'
export { scheduleOf } from './schedule-text.ts'
export { jobStore } from './store.ts'
export type { Attempt } from './targets.ts'
export { type JobDefaults, readMessage, readTrigger } from './trigger.ts'
export { entryOf, viewOf } from './view.ts'
