/** Something loaded from the API, for a component: loaded again when its key changes or it is told to, tried again when that fails. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { ApiError } from "./Client.ts"
import { backoffMs } from "./Backoff.ts"

export interface Resource<A> {
  /** The latest that was loaded, of this key or, while that is being loaded, of the one before. */
  readonly data: A | undefined
  /** Why the latest attempt failed. */
  readonly error: ApiError | undefined
  /** `data` is not of this key yet. */
  readonly isLoading: boolean
  /** Loads again; while a load is under way, once more after it. */
  readonly reload: () => void
  readonly update: (change: (data: A) => A) => void
}

interface State<A> {
  readonly key: string | undefined
  readonly data: A | undefined
  readonly error: ApiError | undefined
}

/** `load` gets what it gave before for the same key, to go on from there. */
export const useResource = <A>(
  key: string,
  load: (signal: AbortSignal, before: A | undefined) => Promise<A>
): Resource<A> => {
  const [state, setState] = useState<State<A>>({ key: undefined, data: undefined, error: undefined })
  const newest = useRef({ load, state })
  newest.current = { load, state }
  const reloadNow = useRef(() => {})
  /** What has been changed while a load was under way, which may not know of it. */
  const changes = useRef<Array<(data: A) => A> | undefined>(undefined)

  useEffect(() => {
    const ended = new AbortController()
    let isRunning = false
    let isAskedAgain = false
    let failures = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const run = async (): Promise<void> => {
      clearTimeout(timer)
      isRunning = true
      isAskedAgain = false
      changes.current = []
      try {
        const { state } = newest.current
        const loaded = await newest.current.load(ended.signal, state.key === key ? state.data : undefined)
        if (ended.signal.aborted) return
        failures = 0
        setState({ key, data: changes.current.reduce<A>((data, change) => change(data), loaded), error: undefined })
      } catch (cause) {
        if (ended.signal.aborted) return
        const error = cause instanceof ApiError ? cause : new ApiError(0, String(cause), { cause })
        setState((state) => ({ ...state, error }))
        // what is not there, or is not to be asked for, does not come by asking again
        const isFinal = error.status >= 400 && error.status < 500 && error.status !== 429
        if (!isFinal) timer = setTimeout(() => void run(), backoffMs(failures++, Math.random()))
      } finally {
        if (!ended.signal.aborted) changes.current = undefined
        isRunning = false
      }
      if (isAskedAgain) void run()
    }
    reloadNow.current = () => {
      if (isRunning) isAskedAgain = true
      else void run()
    }
    setState((state) => ({ ...state, error: undefined }))
    void run()
    return () => {
      ended.abort()
      clearTimeout(timer)
    }
  }, [key])

  const reload = useCallback(() => reloadNow.current(), [])
  const update = useCallback((change: (data: A) => A) => {
    changes.current?.push(change)
    setState((state) => (state.data === undefined ? state : { ...state, data: change(state.data) }))
  }, [])
  return { data: state.data, error: state.error, isLoading: state.key !== key, reload, update }
}
