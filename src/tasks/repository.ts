/** When a task is due that is not due by time: somebody asks for it by its key. */
export const PARKED = Number.MAX_SAFE_INTEGER

/** Of which tasks a worker takes its own. */
export interface QueueName {
    /** What is to be done: `wait`, `callback`. */
    kind: string
    /** Tasks of one kind that have workers of their own, such as one for each node; '' where one worker has all of them. */
    queue: string
}

export interface NewTask extends QueueName {
    id: string
    /** The id of the node that it is done for: it is swept when that is deleted. */
    owner: string
    /** Tasks with the same key keep their order, and only so many of them are done at the same time. */
    key: string | null
    /** Milliseconds since 1970, or {@link PARKED}. */
    dueAt: number
    /** When it is given up, in milliseconds since 1970; null for never. */
    expiresAt: number | null
    /** The id of the task that waits for the end of this one, such as the callback that a held message will answer. */
    parent: string | null
    payload: string
    /** Who works on it from the beginning, if somebody does. */
    claim?: Omit<Claim, 'now'>
}

/** What is known of a task without reading its payload. */
export interface TaskEntry extends Omit<NewTask, 'payload' | 'claim'> {
    /** Ascending in the order in which tasks were added. */
    seq: number
    /** How often it was tried and failed. */
    attempts: number
    /** How long the payload is, in characters. */
    bytes: number
}

export interface Task extends TaskEntry {
    payload: string
}

export type TaskChange = Partial<Pick<Task, 'owner' | 'key' | 'dueAt' | 'expiresAt' | 'attempts' | 'payload'>>

/** Who takes tasks, and until when, in milliseconds since 1970, they are nobody else's. */
export interface Claim {
    holder: string
    now: number
    until: number
}

/** How many tasks of a kind an owner has, and how many characters their payloads have. */
export interface Total {
    kind: string
    owner: string
    count: number
    bytes: number
}

/** A place in the order in which tasks are due. */
export interface Cursor {
    dueAt: number
    seq: number
}

/** Everything rejects with a {@link Refusal} 503 `STORE_UNAVAILABLE` while the store is away. */
export interface TaskRepository {
    /**
     * Reads the totals, undoes what {@link shift} did to the tasks of processes before, and takes over what others held: the database is
     * one Node-RED's alone, so that whoever else held something has ended. It does so once for each opening of the database.
     * @returns another number for each
     */
    begin(holder: string): Promise<number>
    /** How much an owner has of a kind, or everybody, with what is being added. Counted along: it costs no look at the tasks. */
    total(kind: string, owner?: string): Pick<Total, 'count' | 'bytes'>
    /** Who has tasks, of which kinds. */
    owners(): Pick<Total, 'kind' | 'owner'>[]
    add(task: NewTask): Promise<void>
    /** Those that nobody else holds, soonest first, from after a place; those that are parked are left out. */
    due(queue: QueueName, after: Cursor, claim: Claim, limit: number): Promise<TaskEntry[]>
    /** Those of a key that nobody else holds and that are due between two times, {@link PARKED} being one, in their order. */
    ofKey(queue: QueueName, key: string, from: number, to: number, claim: Claim, limit: number): Promise<TaskEntry[]>
    /** How many there are of a key, counted up to a limit. */
    count(queue: QueueName, key: string, most: number): Promise<number>
    /** Those that expire, soonest first. */
    expiring(queue: QueueName, claim: Claim, limit: number): Promise<TaskEntry[]>
    /** Takes tasks for as long as the claim goes. @returns those that nobody else has taken in the meantime, in their order */
    claim(ids: string[], claim: Claim): Promise<Task[]>
    /** Lengthens the time that tasks are held. */
    renew(ids: string[], claim: Claim): Promise<void>
    /** Lets others have what was claimed. */
    release(ids: string[]): Promise<void>
    /** Changes a task, and lets others have it. @returns whether it is there */
    change(id: string, change: TaskChange): Promise<boolean>
    remove(ids: string[]): Promise<void>
    get(id: string): Promise<Task | undefined>
    /** A page of those of an owner, in the order in which they were added. */
    ofOwner(kind: string, owner: string, after: number, limit: number): Promise<TaskEntry[]>
    /** The ids of those parked that are no task's parent, in the order in which they were added. */
    childless(queue: QueueName): Promise<string[]>
    /**
     * Moves all times of some queues by so many milliseconds; those of tasks from before {@link begin} only until the next.
     * @returns whether that is done for some of them only: {@link shiftMore} has to be called then until it is done for all
     */
    shift(queues: QueueName[], ms: number): Promise<boolean>
    shiftMore(): Promise<boolean>
}
