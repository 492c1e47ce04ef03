import type { Share } from './keys.ts'
import type { NewTask, QueueName, Task, TaskChange, TaskEntry } from './repository.ts'

/** Has a task done again. What else it has replaces what the task had; `expiresAt` is of the wall clock as it is now. */
export interface Retry extends Pick<TaskChange, 'owner' | 'key' | 'expiresAt' | 'payload'> {
    /** Milliseconds until then; Infinity parks it. */
    after: number
}

export interface WorkerOptions {
    kind: string
    /** Of the tasks of this kind, which ones this worker has; '' by default. */
    queue?: string
    /** What is worked on at the same time: so many tasks, 64 by default. */
    limit?: number
    /** What is worked on at the same time: so many characters of payload, 1 MB by default. One that is longer goes alone. */
    bytes?: number
    /** What a key may have of what is worked on at the same time. Asked anew whenever one could be begun. */
    share?: (key: string) => Share
    /** Milliseconds for which a task is ours; lengthened while it is being worked on. */
    lease?: number
    /** What due times keep to: `monotonic`, by default, or `wall` for what is due at a time of the day that somebody has set. */
    follows?: 'monotonic' | 'wall'
    /**
     * Does what is due. The task is removed when this returns nothing; when it throws, it is tried again with backoff. Without it nothing
     * is taken by time.
     * @param signal aborts when the worker closes: if it throws then, the task stays as it was
     */
    run?(task: Task, signal: AbortSignal): Promise<Retry | undefined> | Retry | undefined
    /** Whether a task that nobody works on ends at its `expiresAt`; or what is done with it before it is removed, as {@link run} would. */
    expires?: boolean | WorkerOptions['run']
    /** Is told of a task that the store cannot read any more, before it is removed. */
    unreadable?(entry: TaskEntry): void
    /** Is told of a task that is done or has expired, once it is removed or, while the store is away, as soon as that can be done. */
    ended?(task: Task): void
    /** Is told when there may be more tasks than before, or fewer. */
    changed?(): void
    /** Nothing is begun before it resolves. */
    after?: Promise<unknown>
    log(text: string): void
}

export type Addition = Omit<Partial<NewTask>, keyof QueueName | 'claim'> & Pick<NewTask, 'owner' | 'dueAt' | 'payload'>
